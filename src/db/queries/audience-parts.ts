import type { SqlFunctions } from './sql-functions.js';

/** A common table of a statement from a parameter, which is taken apart once: its rows are gone through for each of another. */
export const given = (functions: SqlFunctions, name: string, columns: readonly string[]): string =>
  `${name} AS MATERIALIZED (SELECT * FROM ${functions.jsonRows('?', columns)} AS given)`;

/**
 * What a table has of a part `b`, a level and a period; null where it has no row. A scalar subquery: for a join PostgreSQL would
 * read whole tables.
 */
export const ofPart = (table: string, column: string): string => `(${lookUp(table, column)})`;

/** The same of a part and a video `v`. */
export const ofPartAndVideo = (table: string, column: string): string =>
  `(${lookUp(table, column)} AND r.video_id = v.id)`;

const lookUp = (table: string, column: string): string =>
  `SELECT r.${column} FROM ${table} r WHERE r.level = b.level AND r.period = b.period`;
