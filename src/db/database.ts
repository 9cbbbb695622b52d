import { drizzle } from 'drizzle-orm/sqlite-proxy';
import type { Tables } from '../schema/sqlite.js';
import type { Backend } from './backend.js';
import type { Partitions } from './partitions.js';
import type { SqlFunctions } from './queries/sql-functions.js';

/** Drizzle's builder as the queries see it: it compiles here and executes in a reader thread or the pool. */
export type QueryBuilder = ReturnType<typeof createBuilder>;

/** What a query or command module works with. The dialect is inside; the module does not see it. */
export interface Db {
  readonly backend: Backend;
  readonly tables: Tables;
  readonly builder: QueryBuilder;
  readonly functions: SqlFunctions;
  /** Null where facts are kept in one piece. */
  readonly partitions: Partitions | null;
}

export function createBuilder(backend: Backend) {
  return drizzle(async (sql, params, method) => {
    const rows = await backend.read({ sql, params });
    // The proxy's contract: `get` answers one row, everything else a list of rows.
    return { rows: method === 'get' ? (rows[0] as unknown as unknown[]) : rows };
  });
}
