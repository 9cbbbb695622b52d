import { sql, type SQL } from 'drizzle-orm';
import {
  blob,
  check,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
  type IndexBuilder,
  type SQLiteColumn,
} from 'drizzle-orm/sqlite-core';

type Columns = [SQLiteColumn, ...SQLiteColumn[]];

const noIndexes: (name: string, column: SQLiteColumn) => IndexBuilder[] = () => [];

/**
 * The vocabulary in which every table is stated. SQLite's types are the ones the rest of the program sees;
 * dialect/postgres.ts offers the same words.
 */
export const sqliteDialect = {
  table: sqliteTable,
  /** Surrogate key that is never reused: cursors and watermarks rely on it. */
  id: (name: string) => integer(name).primaryKey({ autoIncrement: true }),
  /** Surrogate of a fact row; the fact's own key is stated with `factKey`. */
  factId: (name: string) => integer(name).primaryKey({ autoIncrement: true }),
  /**
   * What finds fact rows by runs of their surrogate, for the analytics copy. Nothing here, where the surrogate is the
   * primary key; a BRIN index on PostgreSQL, which costs a write next to nothing.
   */
  factIdRuns: noIndexes,
  /**
   * Owner of a row of the busiest fact table. PostgreSQL does not check it row by row: what keeps such rows from being
   * left behind is stated in docs/adr/0020.
   */
  uncheckedOwner: (name: string, owner: () => SQLiteColumn) =>
    integer(name).notNull().references(owner, { onDelete: 'cascade' }),
  /** 64-bit integer. */
  int: (name: string) => integer(name),
  /** Small integer code of an enum. */
  enumInt: (name: string) => integer(name),
  /** Instant, epoch milliseconds UTC. */
  epochMs: (name: string) => integer(name),
  real: (name: string) => real(name),
  text: (name: string) => text(name),
  /** Bytes: compressed text, digests. */
  blob: (name: string) => blob(name, { mode: 'buffer' }),
  /** JSON kept as text: it is never looked into by a statement. */
  json: (name: string) => text(name),
  index: (name: string, columns: Columns) => index(name).on(...columns),
  unique: (name: string, columns: Columns) => uniqueIndex(name).on(...columns),
  check: (name: string, condition: SQL) => check(name, condition),
  /** Primary key of several columns. */
  key: (columns: Columns) => primaryKey({ columns }),
  /** The natural key of a fact table that already has a `factId`. */
  factKey: (name: string, columns: Columns) => uniqueIndex(name).on(...columns),
  sql,
};

export type Dialect = typeof sqliteDialect;
