import type { Cell, DuckdbFileOptions, DuckdbStatement } from './duckdb-file.js';

/** What the process of DuckDB is asked: first `open`, last `close`. */
export type ProcessRequest =
  | { readonly op: 'open'; readonly options: DuckdbFileOptions }
  | { readonly op: 'read'; readonly statement: DuckdbStatement }
  | { readonly op: 'transact'; readonly statements: readonly DuckdbStatement[] }
  | { readonly op: 'close' };

export interface ProcessMessage {
  readonly id: number;
  readonly request: ProcessRequest;
}

/** `rows` are empty where nothing was read. */
export type ProcessAnswer =
  { readonly id: number; readonly rows: Cell[][] } | { readonly id: number; readonly error: string };
