import type { AudienceMetric } from '../domain/playback/audience.js';

/** What a statement can carry. Booleans are 0 and 1; instants are epoch milliseconds; bytes are compressed text or digests. */
export type SqlValue = string | number | Uint8Array | null;

/** Compiled SQL with positional parameters. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** 24 hours that are a run, and the slice of a day at which they begin. */
export type Windows = readonly (readonly [run: number, day: number, slice: number])[];

/** Slices of a day that belong to a run: `run, day, from, to` one after the other. */
export type SliceStretches = readonly (readonly [run: number, day: number, from: number, to: number])[];

/**
 * What is made of rows where they are read. Long values that only serve to make short ones end there: they do not cross from
 * a reader's thread, and leave the event loop nothing to copy and to collect.
 */
export type Reduction =
  | { readonly kind: 'uniteViewers' }
  | { readonly kind: 'uniteSets' }
  | { readonly kind: 'addRankings' }
  | { readonly kind: 'sumWindows' }
  | { readonly kind: 'pickCounts'; readonly windows: Windows }
  | { readonly kind: 'pickFigures'; readonly windows: Windows }
  | { readonly kind: 'sumSlices'; readonly stretches: SliceStretches }
  | { readonly kind: 'rankVideos'; readonly metric: AudienceMetric; readonly count: number };

/** A statement that reads. */
export interface Query extends Statement {
  /** What is made of its rows before they are answered. */
  readonly reduction?: Reduction;
}

export interface TransactOptions {
  /**
   * Transactions with the same lock take turns; so do those that write the row of sys_settings with that key. Where there
   * is one writer they do so anyway.
   */
  readonly lock?: string;
  /** Refuses (GUARD_FAILED) unless the first column of the first row equals `equals`; read inside the transaction. */
  readonly guard?: Statement & { readonly equals: SqlValue };
  /** Rolls back (FOREIGN_KEY_CHECK) when the result would hold a dangling reference. */
  readonly checksForeignKeys?: boolean;
  /** The limit of time for one statement does not hold: changes of the schema move whole tables. */
  readonly mayTakeLong?: boolean;
}

/** Sizes in bytes as the file system and the database tell them. */
export interface BackendGauges {
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
}

/**
 * A database that executes what it is given: no domain code behind it but that of reductions (reduction.ts). All methods throw StorageError. Reads see
 * every commit that was acknowledged before they were sent. Truth values come as 0 and 1.
 */
export interface Backend extends AsyncDisposable {
  readonly description: string;
  /** Whether other processes may write beside this one all the time. */
  readonly isShared: boolean;
  /** Code of the StorageError that tells of a reference to a row that is not there. */
  readonly foreignKeyCode: string;
  /** Rows as arrays, in the order of the selected columns. */
  read(query: Query): Promise<SqlValue[][]>;
  /** All or nothing; answers the number of changed rows of each statement. */
  transact(statements: readonly Statement[], options?: TransactOptions): Promise<number[]>;
  /** One statement outside of any transaction on the writing connection (VACUUM, PRAGMA); answers its rows. */
  execute(sql: string): Promise<SqlValue[][]>;
  /** After rows came with ids of their own: the next id is above all of them. */
  advanceIds(table: string, column: string): Promise<void>;
  gauges(): Promise<BackendGauges>;
  /** Moves what is committed into the main file as far as no reader is in the way; never waits for one. */
  checkpoint(): Promise<void>;
  /** Refreshes the planner's statistics where they are stale. */
  optimize(): Promise<void>;
  /** A consistent copy in a new file; flushes go on meanwhile. A paced one leaves the machine to them most of the time. */
  backup(file: string, options: { readonly isPaced: boolean }): Promise<void>;
  /** Gives at most `pages` free pages back; answers the bytes still free. */
  vacuumSlice(pages: number): Promise<number>;
  /** Rewrites the whole database; writing waits meanwhile. */
  vacuumFully(): Promise<void>;
  close(): Promise<void>;
}
