import type { Tombstone } from './tombstones.js';

/** A table that the analytics engine copies from the store, by windows of an integer key. */
export interface FactTable {
  readonly name: string;
  /** Grows with time: what is new has high keys. */
  readonly key: string;
  /** `small`: codes of enums and dictionaries, in 32 bits. */
  readonly columns: Readonly<Record<string, 'integer' | 'small' | 'text'>>;
  /** Integer columns that two copies must agree on, beside the keys. */
  readonly checked: readonly string[];
  /** Keys of one window: what is read, compared and copied at once. */
  readonly windowKeys: number;
  /** Keys below the watermark that every sync compares again: rows that were committed late or have changed. */
  readonly overlapKeys: number;
  /** SQL condition of the rows of the copy that still may change, however old: every sync compares their windows too. */
  readonly mayChange?: string;
  /** Instant, epoch ms, whose slice the copy keeps beside it as `slice`: what groups by time reads a small integer. */
  readonly sliceOf?: string;
  /** What the copy keeps of its rows in a shorter form. */
  readonly derived?: DerivedTable;
}

/**
 * A table of the copy alone, made of runs of `windowKeys` keys of a fact table, each run by itself. Beside its columns it
 * has `run`, the keys divided by their number, and `fact_count`: the facts a row stands for.
 */
export interface DerivedTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, 'integer' | 'small'>>;
  /** SQL that selects run, fact_count and the columns of the facts for which the condition holds, of whole runs. */
  readonly select: (run: string, condition: string) => string;
}

/** Keys from `from` up to, not including, `to`. */
export interface FactWindow {
  readonly from: number;
  readonly to: number;
}

/** Equal ones mean equal rows, as far as anybody can tell. */
export interface Fingerprint {
  readonly rowCount: number;
  /** Of the checked columns. */
  readonly sums: string;
}

/** One copy of the facts, the store's or the engine's. */
export interface FactReader {
  /** Least key in the window. */
  firstKey(table: FactTable, window: FactWindow): Promise<number | null>;
  /** Highest key that is not below `from`. */
  lastKey(table: FactTable, from: number): Promise<number | null>;
  fingerprint(table: FactTable, window: FactWindow): Promise<Fingerprint>;
}

/** How another process opens the same store. */
export type StoreAddress =
  | { readonly provider: 'sqlite'; readonly file: string }
  | {
      readonly provider: 'postgres';
      readonly url: string;
      readonly statementTimeoutMs: number;
      readonly isPrepared: boolean;
    };

/** A statement of the store that answers one cell. */
export interface StoreQuery {
  readonly sql: string;
  readonly params: readonly number[];
}

export interface FactSource extends FactReader {
  readonly address: StoreAddress;
  /**
   * Asks for the rows of the window as one JSON array of arrays, in the order of the columns; the cell is null where there
   * are none. Not asked here: a text of a megabyte is read where it is used.
   */
  windowQuery(table: FactTable, window: FactWindow): StoreQuery;
  /** Those above the id, oldest first. */
  listTombstones(aboveId: number): Promise<readonly Tombstone[]>;
}

/** How far the copy of one table is. */
export interface FactTableStatus {
  readonly name: string;
  readonly rowCount: number;
  /** One above the highest key that was copied. */
  readonly nextKey: number;
  /** Null until the whole table was copied once. */
  readonly syncedAtMs: number | null;
}

export interface SyncReport {
  /** Windows that were compared, and those of them that differed and were copied. */
  readonly comparedCount: number;
  readonly copiedCount: number;
  /** Rows of those that were copied. */
  readonly rowCount: number;
  /** Tombstones that were taken over. */
  readonly tombstoneCount: number;
}

/** What jobs and commands do with the engine. */
export interface AnalyticsSync {
  /** Since when the copy may lack what was committed, epoch ms; null until it was complete once. */
  readonly syncedAtMs: number | null;
  /** Copies what is new since the last sync. Stops after a window when the signal is aborted. */
  sync(signal: AbortSignal): Promise<SyncReport>;
  /** Compares all windows: deletes and late changes are found wherever they are. */
  reconcile(signal: AbortSignal): Promise<SyncReport>;
  status(): Promise<readonly FactTableStatus[]>;
}
