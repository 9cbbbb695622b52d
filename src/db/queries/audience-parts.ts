import { BLOCK_LEVELS, partKeysOf } from '../../domain/playback/day-blocks.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import type { IndexedPeriods } from './audience-ranges.js';
import type { SqlFunctions } from './sql-functions.js';

/** From 0 to the last day of the widest block. */
const DAY_OFFSETS = Array.from(
  { length: Math.max(...BLOCK_LEVELS.map(({ dayCount }) => dayCount)) },
  (_, n) => n,
);

/** A common table of a statement from a parameter, which is taken apart once: its rows are gone through for each of another. */
export const given = (functions: SqlFunctions, name: string, columns: readonly string[]): string =>
  `${name} AS MATERIALIZED (SELECT * FROM ${functions.jsonRows('?', columns)} AS given)`;

/**
 * The two of a statement that reads runs by their parts, from the parameters of `toPartParams`: `b` has the parts, `n` the
 * days of a block from 0.
 */
export const partTables = (functions: SqlFunctions): string =>
  `${given(functions, 'b', ['i', 'level', 'period', 'first_day', 'day_count'])}, ${given(functions, 'n', ['n'])}`;

/** Where a row `r` is a part. */
export const IS_PART = 'r.level = b.level AND r.period = b.period';

/** Where a row `r` is a day of a block. */
export const IS_DAY_OF_BLOCK = `r.level = ${RollUpLevel.DAY} AND r.period = b.first_day + n.n`;

/**
 * Where a row of `b` and `n` is a day of a block that is not in a table: blocks are never behind their days. A scalar subquery,
 * since PostgreSQL would read the whole table for NOT EXISTS. `condition` says more of the block's row `k`.
 */
export const isOfMissingBlock = (
  table: string,
  condition = '',
): string => `b.day_count IS NOT NULL AND n.n < b.day_count
  AND (SELECT 1 FROM ${table} k WHERE k.level = b.level AND k.period = b.period ${condition}) IS NULL`;

/** The two parameters. */
export const toPartParams = (
  runs: readonly IndexedPeriods[],
  lastDay: number,
): [parts: string, offsets: string] => [
  JSON.stringify(
    runs.flatMap((run) =>
      Array.from(partKeysOf(run, lastDay), ({ level, period, days }) => [
        ...[run.index, level, period],
        ...[days?.first ?? null, days?.count ?? null],
      ]),
    ),
  ),
  JSON.stringify(DAY_OFFSETS.map((n) => [n])),
];
