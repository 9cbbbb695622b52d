import type { SqlFunctions } from './sql-functions.js';

/** A common table of a statement from a parameter, which is taken apart once: its rows are gone through for each of another. */
export const given = (functions: SqlFunctions, name: string, columns: readonly string[]): string =>
  `${name} AS MATERIALIZED (SELECT * FROM ${functions.jsonRows('?', columns)} AS given)`;

/** Where a row `r` is a part. */
export const IS_PART = 'r.level = b.level AND r.period = b.period';
