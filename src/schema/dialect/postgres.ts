import { sql, type SQL } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  doublePrecision,
  index,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  type PgColumn,
} from 'drizzle-orm/pg-core';
import type { Dialect } from './sqlite.js';

type Columns = [PgColumn, ...PgColumn[]];

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

const words = {
  table: pgTable,
  id: (name: string) => bigint(name, { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  // Partitioned tables: every key must hold the partition column, so the surrogate cannot be one.
  factId: (name: string) => bigint(name, { mode: 'number' }).notNull().generatedByDefaultAsIdentity(),
  factIdRuns: (name: string, column: PgColumn) => [
    // Summarized as rows come: unsummarized pages would be read by every look-up.
    index(name).using('brin', column).with({ autosummarize: true }),
  ],
  uncheckedOwner: (name: string) => bigint(name, { mode: 'number' }).notNull(),
  int: (name: string) => bigint(name, { mode: 'number' }),
  enumInt: (name: string) => smallint(name),
  epochMs: (name: string) => bigint(name, { mode: 'number' }),
  real: (name: string) => doublePrecision(name),
  text: (name: string) => text(name),
  blob: (name: string) => bytea(name),
  json: (name: string) => text(name),
  index: (name: string, columns: Columns) => index(name).on(...columns),
  unique: (name: string, columns: Columns) => uniqueIndex(name).on(...columns),
  check: (name: string, condition: SQL) => check(name, condition),
  key: (columns: Columns) => primaryKey({ columns }),
  factKey: (name: string, columns: Columns) => primaryKey({ name: name.replace(/^uq_/, 'pk_'), columns }),
  sql,
};

/**
 * The one dialect cast of the program. Both objects have the same words with the same meaning, but Drizzle's types
 * for the two databases have no common ancestor. The warranty is the contract suite, which runs every query on both.
 */
export const postgresDialect = words as unknown as Dialect;
