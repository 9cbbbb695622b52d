import type { Reduction, SqlValue } from '../backend.js';

export type WorkerRole = 'writer' | 'reader';

export interface WorkerOptions {
  readonly file: string;
  readonly role: WorkerRole;
}

/** SQL text crosses the thread boundary once; later messages name it by number. -1 means the text is `inline`. */
export interface StatementMessage {
  readonly sqlId: number;
  readonly inline?: string;
  readonly params: readonly SqlValue[];
}

/** New texts for the worker's table of statements: [number, text]. */
export type Definitions = readonly (readonly [number, string])[];

export interface GuardMessage extends StatementMessage {
  readonly equals: SqlValue;
}

/** A copy of the database in a new file. */
export interface BackupRequest {
  readonly op: 'backup';
  readonly file: string;
  /** Whether it leaves the machine to others between its steps. */
  readonly isPaced: boolean;
}

export type Request =
  | {
      readonly op: 'read';
      readonly statement: StatementMessage;
      readonly reduction: Reduction | null;
    }
  | {
      readonly op: 'transact';
      readonly statements: readonly StatementMessage[];
      readonly guard: GuardMessage | null;
      readonly checksForeignKeys: boolean;
    }
  | { readonly op: 'execute'; readonly sql: string }
  | BackupRequest
  | { readonly op: 'close' };

export interface RequestEnvelope {
  readonly id: number;
  readonly define: Definitions;
  readonly request: Request;
}

export interface ErrorMessage {
  readonly code: string;
  readonly message: string;
}

export type ResponseEnvelope =
  | { readonly id: number; readonly rows: SqlValue[][] }
  | { readonly id: number; readonly changes: number[] }
  | { readonly id: number; readonly error: ErrorMessage };

/** The first message of a worker. */
export type HelloMessage =
  | { readonly hello: true; readonly sqliteVersion: string }
  | { readonly hello: false; readonly error: ErrorMessage };
