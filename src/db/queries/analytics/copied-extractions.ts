import {
  MAX_ERROR_CODES,
  NO_EXTRACTIONS,
  NO_LOOKUPS,
  type AnalyticsStore,
  type CacheTotals,
  type ExtractionError,
  type ExtractionKind,
  type ExtractionTimes,
  type ExtractionTotals,
} from '../../../domain/analytics/extractions.js';
import type { SessionAnalytics } from '../../../domain/analytics/sessions.js';
import type { SliceRange } from '../../../domain/time.js';
import type { Backend, SqlValue } from '../../backend.js';
import { CopiedSessions } from './copied-sessions.js';
import { FROM_CACHE } from './extractions.js';
import { nearestRanks } from './ranks.js';
import { duckdbJsonRows } from './sql-reader.js';

const RUNS = `${duckdbJsonRows('?', ['i', 'lo', 'hi'])} AS b`;
/** A result outside of a job has no job, and the kind 0. */
const OF_KIND = `AND COALESCE((SELECT j.job_type FROM trx_jobs j WHERE j.job_id = r.job_id), 0) = ?`;

/**
 * The questions of ExtractionQueries to the copy in DuckDB, which reads columns from end to end: facts are grouped by
 * their slice first, a small integer, and what comes of it is added up by the bounds. Joining facts with bounds would
 * compare every fact with every bound. Runs must not overlap: a slice counts for the last one that begins at or before it.
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
      `WITH s AS (SELECT slice, COUNT(*) AS n, COUNT(error_code_id) AS failed,
          COUNT(CASE WHEN origin = ${FROM_CACHE} THEN 1 END) AS cached, COUNT(extraction_ms) AS timed,
          SUM(extraction_ms) AS ms
        FROM trx_results r WHERE slice >= ? AND slice < ? ${kind === null ? '' : OF_KIND} GROUP BY slice)
      SELECT b.i, SUM(n), SUM(n - failed), SUM(cached), SUM(timed), SUM(ms)
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
    const counted = `SELECT extraction_ms AS v, COUNT(*) AS c FROM trx_results r
      WHERE slice >= ? AND slice < ? ${kind === null ? '' : OF_KIND} AND extraction_ms IS NOT NULL
      GROUP BY extraction_ms`;
    const [row = []] = await this.#read(nearestRanks(counted, [50, 95, 99]), [
      range.from,
      range.to,
      ...(kind === null ? [] : [kind]),
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
      `WITH counted AS (SELECT error_code_id AS id, COUNT(*) AS n FROM trx_results r
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
