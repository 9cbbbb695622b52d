import { HOUR_MS, MINUTE_MS } from '../../domain/time.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { ALL_VIDEOS } from '../queries/slices.js';
import { BASE_SLICE } from '../slice-watermark.js';

const COLUMNS = COUNTER_COLUMNS.join(', ');

/** Divisions are of 64-bit floats in both databases, so that they answer the same to the last digit. */
const real = (text: string): string => `CAST(${text} AS DOUBLE PRECISION)`;

const PERIOD_SUMS = [
  'total_sessions',
  'total_lines_seen',
  'total_words_seen',
  'total_tokens_seen',
  'total_cards',
  'total_lookup_count',
  'total_lookup_hits',
];

/** What a counter gained in a slice: its maximum less the highest of the same session's earlier slices, never below 0. */
const gained = (column: string): string => {
  const earlier = `COALESCE(MAX(w.${column}) OVER earlier, 0)`;
  return `CASE WHEN w.${column} > ${earlier} THEN w.${column} - ${earlier} ELSE 0 END AS ${column}`;
};

export interface RollUpSql {
  /** Params: [[video, slice], ...] twice. */
  readonly deleteCells: string;
  readonly insertCells: string;
  /** Params: [[video, slice], ...]: the all-videos row of these slices must be among them. */
  readonly insertTotals: string;
  /** Params: [[video], ...] (in the last two: nothing), and the watermark; insertBase: its instant too. */
  readonly deleteBase: string;
  readonly insertBase: string;
  readonly deleteBaseTotal: string;
  readonly insertBaseTotal: string;
  /** Params: [[key, video, firstSlice, endSlice], ...]. Periods that left retention are not made again in part. */
  deletePeriods(table: PeriodTable): string;
  insertPeriods(table: PeriodTable): string;
  /** Params: [[key], ...]: all videos as the sum of the videos. */
  deletePeriodTotals(table: PeriodTable): string;
  insertPeriodTotals(table: PeriodTable): string;
  /** Params: [[session, slice], ...]. */
  readonly clean: string;
}

export type PeriodTable = 'imm_daily_rollups' | 'imm_monthly_rollups';
/** The column with the civil day or month. */
export const PERIOD_KEY_COLUMN: Record<PeriodTable, string> = {
  imm_daily_rollups: 'rollup_day',
  imm_monthly_rollups: 'rollup_month',
};

/** The first period that retention left (a rebuild starts anew): an earlier one would be made of late data alone. */
export const FIRST_PERIOD_KEY: Record<PeriodTable, string> = {
  imm_daily_rollups: 'imm.first_rollup_day',
  imm_monthly_rollups: 'imm.first_rollup_month',
};
const isKept = (key: string, table: PeriodTable): string =>
  `NOT EXISTS (SELECT 1 FROM sys_settings WHERE key = '${FIRST_PERIOD_KEY[table]}' AND ${key} < CAST(value AS INTEGER))`;

/**
 * The statements of one roll-up step; all of them recompute from what is stored, so repeating them changes nothing.
 * CROSS JOIN fixes the order of the tables: from statistics taken while they were small, SQLite would scan them.
 */
export function rollUpSql(functions: SqlFunctions): RollUpSql {
  const rows = (...columns: string[]): string => functions.jsonRows('?', columns);
  return {
    deleteCells: `DELETE FROM imm_slice_rollups WHERE (video_id, slice) IN (SELECT v, s FROM ${rows('v', 's')} AS cells)`,

    // Sessions that have one of the slices, with all their slices: earlier ones are needed for the difference.
    insertCells: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      WITH cells AS MATERIALIZED (SELECT v, s FROM ${rows('v', 's')} AS c WHERE v <> ${ALL_VIDEOS}),
      involved AS (
        SELECT DISTINCT se.session_id, se.video_id FROM (SELECT DISTINCT s FROM cells) AS wanted
        CROSS JOIN imm_session_slices sl CROSS JOIN imm_sessions se
        WHERE sl.slice = wanted.s AND se.session_id = sl.session_id
        AND (se.video_id, sl.slice) IN (SELECT v, s FROM cells)),
      contributions AS (
        SELECT i.video_id, w.slice, ${COUNTER_COLUMNS.map(gained).join(', ')}
        FROM involved i CROSS JOIN imm_session_slices w WHERE w.session_id = i.session_id
        WINDOW earlier AS (PARTITION BY w.session_id ORDER BY w.slice ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
      parts AS (
        SELECT k.video_id AS v, k.slice AS s, 0 AS sessions_started,
          ${COUNTER_COLUMNS.map((n) => `k.${n}`).join(', ')}
        FROM contributions k WHERE (k.video_id, k.slice) IN (SELECT v, s FROM cells)
        UNION ALL
        SELECT c.v, c.s, 1, ${COUNTER_COLUMNS.map(() => '0').join(', ')}
        FROM cells c CROSS JOIN imm_sessions se WHERE se.video_id = c.v
          AND se.started_at_ms >= c.s * 900000 AND se.started_at_ms < (c.s + 1) * 900000)
      SELECT v, s, SUM(sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(${n})`).join(', ')}
      FROM parts GROUP BY v, s`,

    insertTotals: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      SELECT ${ALL_VIDEOS}, r.slice, SUM(r.sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(r.${n})`).join(', ')}
      FROM (SELECT DISTINCT s FROM ${rows('v', 's')} AS cells) AS wanted
      CROSS JOIN imm_slice_rollups r WHERE r.slice = wanted.s AND r.video_id <> ${ALL_VIDEOS}
      GROUP BY r.slice`,

    /*
     * The base cell of a video is made of whatever lies below the watermark, folded or not yet, so it is right at any
     * moment of a prune: what sessions gained slice by slice adds up to their maximum.
     */
    deleteBase: `DELETE FROM imm_slice_rollups
      WHERE video_id IN (SELECT v FROM ${rows('v')} AS videos) AND slice < ?`,

    insertBase: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      WITH videos AS MATERIALIZED (SELECT v FROM ${rows('v')} AS c),
      parts AS (
        SELECT v, 0 AS sessions_started, ${COUNTER_COLUMNS.map((n) => `MAX(w.${n}) AS ${n}`).join(', ')}
        FROM videos CROSS JOIN imm_sessions se CROSS JOIN imm_session_slices w
        WHERE se.video_id = v AND w.session_id = se.session_id AND w.slice < ?
        GROUP BY v, se.session_id
        UNION ALL
        SELECT v, COUNT(*), ${COUNTER_COLUMNS.map(() => '0').join(', ')}
        FROM videos CROSS JOIN imm_sessions se WHERE se.video_id = v AND se.started_at_ms < ? GROUP BY v)
      SELECT v, ${BASE_SLICE}, SUM(sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(${n})`).join(', ')}
      FROM parts GROUP BY v`,

    deleteBaseTotal: `DELETE FROM imm_slice_rollups WHERE video_id = ${ALL_VIDEOS} AND slice < ?`,

    insertBaseTotal: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      SELECT ${ALL_VIDEOS}, ${BASE_SLICE}, SUM(sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(${n})`).join(', ')}
      FROM imm_slice_rollups WHERE slice < ? AND video_id <> ${ALL_VIDEOS} HAVING COUNT(*) > 0`,

    // An imported row stands for data that is not here: it is never computed anew.
    deletePeriods: (table) => `DELETE FROM ${table} WHERE is_imported = 0
      AND (${PERIOD_KEY_COLUMN[table]}, video_id) IN (SELECT k, v FROM ${rows('k', 'v', 'lo', 'hi')} AS periods)`,

    insertPeriods: (
      table,
    ) => `INSERT INTO ${table} (${PERIOD_KEY_COLUMN[table]}, video_id, total_sessions, total_active_min,
        total_lines_seen, total_words_seen, total_tokens_seen, total_cards, total_lookup_count, total_lookup_hits,
        cards_per_hour, words_per_min, lookup_hit_rate)
      SELECT k, v, sessions, ${real('active')} / ${MINUTE_MS}, lines, words, tokens, cards, lookups, hits,
        CASE WHEN active > 0 THEN ${real('cards')} * ${HOUR_MS} / ${real('active')} END,
        CASE WHEN active > 0 THEN ${real('words')} * ${MINUTE_MS} / ${real('active')} END,
        CASE WHEN lookups > 0 THEN ${real('hits')} / ${real('lookups')} END
      FROM (SELECT p.k, p.v, SUM(r.sessions_started) AS sessions, SUM(r.active_watched_ms) AS active,
          SUM(r.lines_seen) AS lines, SUM(r.words_seen) AS words, SUM(r.tokens_seen) AS tokens,
          SUM(r.cards_mined) AS cards, SUM(r.lookup_count) AS lookups, SUM(r.lookup_hits) AS hits
        FROM ${rows('k', 'v', 'lo', 'hi')} AS p
        CROSS JOIN imm_slice_rollups r WHERE r.video_id = p.v AND r.slice >= p.lo AND r.slice < p.hi
        GROUP BY p.k, p.v) AS sums
      WHERE ${isKept('k', table)} ON CONFLICT DO NOTHING`,

    deletePeriodTotals: (table) => `DELETE FROM ${table} WHERE is_imported = 0 AND video_id = ${ALL_VIDEOS}
      AND ${PERIOD_KEY_COLUMN[table]} IN (SELECT k FROM ${rows('k')} AS periods)`,

    // Minutes are added as whole ms, so that the sum does not depend on the order of the rows.
    insertPeriodTotals: (
      table,
    ) => `INSERT INTO ${table} (${PERIOD_KEY_COLUMN[table]}, video_id, ${PERIOD_SUMS.join(', ')},
        total_active_min, cards_per_hour, words_per_min, lookup_hit_rate)
      SELECT k, ${ALL_VIDEOS}, ${PERIOD_SUMS.join(', ')}, active_ms / ${MINUTE_MS},
        CASE WHEN active_ms > 0 THEN ${real('total_cards')} * ${HOUR_MS} / active_ms END,
        CASE WHEN active_ms > 0 THEN ${real('total_words_seen')} * ${MINUTE_MS} / active_ms END,
        CASE WHEN total_lookup_count > 0 THEN ${real('total_lookup_hits')} / ${real('total_lookup_count')} END
      FROM (SELECT p.k, ${PERIOD_SUMS.map((n) => `SUM(t.${n}) AS ${n}`).join(', ')},
          ROUND(SUM(t.total_active_min * ${MINUTE_MS})) AS active_ms
        FROM ${rows('k')} AS p CROSS JOIN ${table} t WHERE t.${PERIOD_KEY_COLUMN[table]} = p.k
          AND t.video_id <> ${ALL_VIDEOS} AND ${isKept('p.k', table)}
        GROUP BY p.k) AS sums
      WHERE true ON CONFLICT DO NOTHING`,

    clean: `DELETE FROM imm_dirty_slices
      WHERE (session_id, slice) IN (SELECT i, s FROM ${rows('i', 's')} AS done)`,
  };
}
