import type { DerivedTable } from '../../../domain/analytics/engine.js';
import { FROM_CACHE } from './extractions.js';

/** Results by slice, kind of extraction and error code: what is asked by time reads a row for many results. */
export const RESULT_SLICES: DerivedTable = {
  name: 'trx_result_slices',
  columns: {
    slice: 'small',
    kind: 'small',
    error_code_id: 'small',
    cached_count: 'small',
    timed_count: 'small',
    total_ms: 'integer',
  },
  // A result outside of a job has no job, and the kind 0.
  select: (run, condition) =>
    `SELECT ${run} AS run, COUNT(*) AS fact_count, slice, COALESCE(job_type, 0) AS kind, error_code_id,
      COUNT(*) FILTER (WHERE origin = ${FROM_CACHE}), COUNT(extraction_ms), COALESCE(SUM(extraction_ms), 0)
    FROM trx_results LEFT JOIN trx_jobs USING (job_id) WHERE ${condition} GROUP BY run, slice, kind, error_code_id`,
};

/** What a counter gained in a slice: as the roll-ups count it (docs/schema.md). */
const gained = (column: string): string =>
  `GREATEST(${column} - COALESCE(MAX(${column}) OVER earlier, 0), 0) AS ${column}`;

/**
 * All slices of a session are in one run: earlier ones are needed for the difference. A session never changes its video,
 * and is copied before its slices.
 */
export const SESSION_GAINS: DerivedTable = {
  name: 'imm_session_gains',
  columns: {
    session_id: 'integer',
    video_id: 'integer',
    slice: 'small',
    words_seen: 'integer',
    active_watched_ms: 'integer',
    lookup_count: 'integer',
  },
  select: (run, condition) =>
    `SELECT ${run} AS run, 1 AS fact_count, session_id, video_id, slice,
      ${['words_seen', 'active_watched_ms', 'lookup_count'].map(gained).join(', ')}
    FROM imm_session_slices LEFT JOIN (SELECT session_id, video_id FROM imm_sessions) AS s USING (session_id)
    WHERE ${condition}
    WINDOW earlier AS (PARTITION BY session_id ORDER BY slice ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`,
};
