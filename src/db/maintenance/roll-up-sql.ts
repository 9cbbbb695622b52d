import { HOUR_MS, MINUTE_MS } from '../../domain/time.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { ALL_VIDEOS } from '../queries/slices.js';

const COLUMNS = COUNTER_COLUMNS.join(', ');

const PERIOD_SUMS = [
  'total_sessions',
  'total_active_min',
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
  /** Params: [[key, video, firstSlice, endSlice], ...]. */
  deletePeriods(table: PeriodTable): string;
  insertPeriods(table: PeriodTable): string;
  /** Params: [[key], ...]: all videos as the sum of the videos. */
  deletePeriodTotals(table: PeriodTable): string;
  insertPeriodTotals(table: PeriodTable): string;
  /** Params: [[session, slice], ...]. */
  readonly clean: string;
}

export type PeriodTable = 'imm_daily_rollups' | 'imm_monthly_rollups';
const KEY: Record<PeriodTable, string> = {
  imm_daily_rollups: 'rollup_day',
  imm_monthly_rollups: 'rollup_month',
};

/** The statements of one roll-up step; all of them recompute from what is stored, so repeating them changes nothing. */
export function rollUpSql(functions: SqlFunctions): RollUpSql {
  const rows = (...columns: string[]): string => functions.jsonRows('?', columns);
  return {
    deleteCells: `DELETE FROM imm_slice_rollups WHERE (video_id, slice) IN (SELECT v, s FROM ${rows('v', 's')} AS cells)`,

    // Sessions that have one of the slices, with all their slices: earlier ones are needed for the difference.
    insertCells: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      WITH cells AS MATERIALIZED (SELECT v, s FROM ${rows('v', 's')} AS c WHERE v <> ${ALL_VIDEOS}),
      involved AS (
        SELECT DISTINCT se.session_id, se.video_id FROM (SELECT DISTINCT s FROM cells) AS wanted
        JOIN imm_session_slices sl ON sl.slice = wanted.s
        JOIN imm_sessions se ON se.session_id = sl.session_id
        WHERE EXISTS (SELECT 1 FROM cells WHERE cells.v = se.video_id AND cells.s = sl.slice)),
      contributions AS (
        SELECT i.video_id, w.slice, ${COUNTER_COLUMNS.map(gained).join(', ')}
        FROM involved i JOIN imm_session_slices w ON w.session_id = i.session_id
        WINDOW earlier AS (PARTITION BY w.session_id ORDER BY w.slice ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
      parts AS (
        SELECT c.v, c.s, 0 AS sessions_started, ${COUNTER_COLUMNS.map((n) => `k.${n}`).join(', ')}
        FROM contributions k JOIN cells c ON c.v = k.video_id AND c.s = k.slice
        UNION ALL
        SELECT c.v, c.s, 1, ${COUNTER_COLUMNS.map(() => '0').join(', ')}
        FROM cells c JOIN imm_sessions se ON se.video_id = c.v
          AND se.started_at_ms >= c.s * 900000 AND se.started_at_ms < (c.s + 1) * 900000)
      SELECT v, s, SUM(sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(${n})`).join(', ')}
      FROM parts GROUP BY v, s`,

    insertTotals: `INSERT INTO imm_slice_rollups (video_id, slice, sessions_started, ${COLUMNS})
      SELECT ${ALL_VIDEOS}, r.slice, SUM(r.sessions_started), ${COUNTER_COLUMNS.map((n) => `SUM(r.${n})`).join(', ')}
      FROM (SELECT DISTINCT s FROM ${rows('v', 's')} AS cells) AS wanted
      CROSS JOIN imm_slice_rollups r WHERE r.slice = wanted.s AND r.video_id <> ${ALL_VIDEOS}
      GROUP BY r.slice`,

    // An imported row stands for data that is not here: it is never computed anew.
    deletePeriods: (table) => `DELETE FROM ${table} WHERE is_imported = 0
      AND (${KEY[table]}, video_id) IN (SELECT k, v FROM ${rows('k', 'v', 'lo', 'hi')} AS periods)`,

    insertPeriods: (
      table,
    ) => `INSERT INTO ${table} (${KEY[table]}, video_id, total_sessions, total_active_min,
        total_lines_seen, total_words_seen, total_tokens_seen, total_cards, total_lookup_count, total_lookup_hits,
        cards_per_hour, words_per_min, lookup_hit_rate)
      SELECT k, v, sessions, active / ${MINUTE_MS}.0, lines, words, tokens, cards, lookups, hits,
        CASE WHEN active > 0 THEN cards * ${HOUR_MS}.0 / active END,
        CASE WHEN active > 0 THEN words * ${MINUTE_MS}.0 / active END,
        CASE WHEN lookups > 0 THEN hits * 1.0 / lookups END
      FROM (SELECT p.k, p.v, SUM(r.sessions_started) AS sessions, SUM(r.active_watched_ms) AS active,
          SUM(r.lines_seen) AS lines, SUM(r.words_seen) AS words, SUM(r.tokens_seen) AS tokens,
          SUM(r.cards_mined) AS cards, SUM(r.lookup_count) AS lookups, SUM(r.lookup_hits) AS hits
        FROM ${rows('k', 'v', 'lo', 'hi')} AS p
        CROSS JOIN imm_slice_rollups r WHERE r.video_id = p.v AND r.slice >= p.lo AND r.slice < p.hi
        GROUP BY p.k, p.v) AS sums
      WHERE true ON CONFLICT DO NOTHING`,

    deletePeriodTotals: (table) => `DELETE FROM ${table} WHERE is_imported = 0 AND video_id = ${ALL_VIDEOS}
      AND ${KEY[table]} IN (SELECT k FROM ${rows('k')} AS periods)`,

    insertPeriodTotals: (table) => `INSERT INTO ${table} (${KEY[table]}, video_id, ${PERIOD_SUMS.join(', ')},
        cards_per_hour, words_per_min, lookup_hit_rate)
      SELECT t.${KEY[table]}, ${ALL_VIDEOS}, ${PERIOD_SUMS.map((n) => `SUM(t.${n})`).join(', ')},
        CASE WHEN SUM(t.total_active_min) > 0 THEN SUM(t.total_cards) * 60.0 / SUM(t.total_active_min) END,
        CASE WHEN SUM(t.total_active_min) > 0 THEN SUM(t.total_words_seen) / SUM(t.total_active_min) END,
        CASE WHEN SUM(t.total_lookup_count) > 0 THEN SUM(t.total_lookup_hits) * 1.0 / SUM(t.total_lookup_count) END
      FROM ${rows('k')} AS p CROSS JOIN ${table} t WHERE t.${KEY[table]} = p.k AND t.video_id <> ${ALL_VIDEOS}
      GROUP BY t.${KEY[table]} ON CONFLICT DO NOTHING`,

    clean: `DELETE FROM imm_dirty_slices
      WHERE (session_id, slice) IN (SELECT i, s FROM ${rows('i', 's')} AS done)`,
  };
}
