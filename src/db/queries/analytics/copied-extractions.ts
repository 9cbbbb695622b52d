import {
  ExtractionKind,
  MAX_ERROR_CODES,
  NO_EXTRACTIONS,
  NO_LOOKUPS,
  type AnalyticsStore,
  type CacheTotals,
  type ExtractionError,
  type ExtractionTimes,
  type ExtractionTotals,
} from '../../../domain/analytics/extractions.js';
import type { SessionAnalytics } from '../../../domain/analytics/sessions.js';
import type { SliceRange } from '../../../domain/time.js';
import type { Backend, SqlValue } from '../../backend.js';
import { CopiedSessions } from './copied-sessions.js';
import { nearestRanks } from './ranks.js';
import { duckdbJsonRows } from './sql-reader.js';

const RUNS = `${duckdbJsonRows('?', ['i', 'lo', 'hi'])} AS b`;
/** Of trx_result_slices. */
const OF_KIND = 'AND kind = ?';
/** A result outside of a job is of no job, and there is no other without one. */
const resultsOf = (kind: ExtractionKind | null): string => {
  if (kind === null) return 'trx_results r WHERE';
  return kind === ExtractionKind.SINGLE
    ? 'trx_results r WHERE job_id = CAST(? AS BIGINT) AND'
    : 'trx_results r JOIN trx_jobs j USING (job_id) WHERE j.job_type = ? AND';
};

/**
 * The questions of ExtractionQueries to the copy in DuckDB, which reads columns from end to end: rows are grouped by
 * their slice first, a small integer, and what comes of it is added up by the bounds. Joining rows with bounds would
 * compare every row with every bound. Runs must not overlap: a slice counts for the last one that begins at or before it.
 */
export class CopiedExtractions implements AnalyticsStore {
  readonly sessions: SessionAnalytics;

  constructor(private readonly copy: Pick<Backend, 'read'>) {
    this.sessions = new CopiedSessions(copy);
  }

  async summarizeExtractions(
    runs: readonly SliceRange[],
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionTotals[]> {
    const sums = runs.map(() => NO_EXTRACTIONS);
    const rows = await this.#read(
      `WITH s AS (SELECT slice, SUM(fact_count) AS n,
          SUM(CASE WHEN error_code_id IS NULL THEN fact_count ELSE 0 END) AS succeeded,
          SUM(cached_count) AS cached, SUM(timed_count) AS timed, SUM(total_ms) AS ms
        FROM trx_result_slices WHERE slice >= ? AND slice < ? ${kind === null ? '' : OF_KIND} GROUP BY slice)
      SELECT b.i, SUM(n), SUM(succeeded), SUM(cached), SUM(timed), SUM(ms)
      FROM s ASOF JOIN ${RUNS} ON s.slice >= b.lo WHERE s.slice < b.hi GROUP BY b.i`,
      [...whole(runs), ...(kind === null ? [] : [kind]), toBounds(runs)],
    );
    for (const row of rows) {
      const [index = 0, count = 0, succeededCount = 0, cachedCount = 0, timedCount = 0, totalMs = 0] =
        row.map(Number);
      sums[index] = { count, succeededCount, cachedCount, timedCount, totalMs };
    }
    return sums;
  }

  async summarizeExtractionTimes(range: SliceRange, kind: ExtractionKind | null): Promise<ExtractionTimes> {
    const counted = `SELECT extraction_ms AS v, COUNT(*) AS c FROM ${resultsOf(kind)}
      slice >= ? AND slice < ? AND extraction_ms IS NOT NULL GROUP BY extraction_ms`;
    const [row = []] = await this.#read(nearestRanks(counted, [50, 95, 99]), [
      ...(kind === null ? [] : [kind]),
      range.from,
      range.to,
    ]);
    const [timedCount, totalMs, p50Ms = null, p95Ms = null, p99Ms = null] = row.map((value) =>
      value === null ? null : Number(value),
    );
    return { timedCount: timedCount ?? 0, totalMs: totalMs ?? 0, p50Ms, p95Ms, p99Ms };
  }

  async listExtractionErrors(
    range: SliceRange,
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionError[]> {
    const rows = await this.#read(
      `WITH counted AS (SELECT error_code_id AS id, SUM(fact_count) AS n FROM trx_result_slices
          WHERE slice >= ? AND slice < ? ${kind === null ? '' : OF_KIND} AND error_code_id IS NOT NULL
          GROUP BY error_code_id)
        SELECT e.name, n FROM counted JOIN trx_error_codes e ON e.id = counted.id
        ORDER BY n DESC, e.id LIMIT ${MAX_ERROR_CODES}`,
      [range.from, range.to, ...(kind === null ? [] : [kind])],
    );
    return rows.map(([code, count]) => ({ code: String(code), count: Number(count) }));
  }

  async summarizeCache(runs: readonly SliceRange[]): Promise<readonly CacheTotals[]> {
    const sums = runs.map(() => NO_LOOKUPS);
    const rows = await this.#read(
      `SELECT b.i, SUM(c.hits), SUM(c.negative_hits), SUM(c.misses), SUM(c.evicted_count), SUM(c.evicted_bytes)
      FROM trx_cache_slices c ASOF JOIN ${RUNS} ON c.slice >= b.lo WHERE c.slice < b.hi GROUP BY b.i`,
      [toBounds(runs)],
    );
    for (const row of rows) {
      const [index = 0, hits = 0, negativeHits = 0, misses = 0, evictedCount = 0, evictedBytes = 0] =
        row.map(Number);
      sums[index] = { hits, negativeHits, misses, evictedCount, evictedBytes };
    }
    return sums;
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.copy.read({ sql, params });
  }
}

/** From the first bound to the last one. */
const whole = (runs: readonly SliceRange[]): [number, number] => [
  Math.min(...runs.map(({ from }) => from)),
  Math.max(...runs.map(({ to }) => to)),
];
const toBounds = (runs: readonly SliceRange[]): string =>
  JSON.stringify(runs.map(({ from, to }, index) => [index, from, to]));
