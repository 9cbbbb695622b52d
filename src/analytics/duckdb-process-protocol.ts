import type { StoreAddress } from '../domain/analytics/engine.js';
import type { Cell, CopyStatement, DuckdbFileOptions, DuckdbStatement } from './duckdb-file.js';

/** What the process of DuckDB is asked: first `open`, last `close`. */
export type ProcessRequest =
  | { readonly op: 'open'; readonly options: DuckdbFileOptions; readonly store: StoreAddress | null }
  | { readonly op: 'read'; readonly statement: DuckdbStatement }
  | { readonly op: 'transact'; readonly statements: readonly CopyStatement[] }
  | { readonly op: 'close' };

export interface ProcessMessage {
  readonly id: number;
  readonly request: ProcessRequest;
}

/** `rows` are empty where nothing was read. */
export type ProcessAnswer =
  { readonly id: number; readonly rows: Cell[][] } | { readonly id: number; readonly error: string };
