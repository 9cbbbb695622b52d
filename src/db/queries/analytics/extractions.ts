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
import { toTimeRange, type SliceRange } from '../../../domain/time.js';
import type { SqlValue } from '../../backend.js';
import { nearestRanks } from './ranks.js';
import type { SqlReader } from './sql-reader.js';

/** Origin of a result that the cache answered. */
export const FROM_CACHE = 1;
/** A result outside of a job has no job, and the kind 0. Null asks for all kinds. */
const IS_OF_KIND = `(CAST(? AS BIGINT) IS NULL OR
  COALESCE((SELECT j.job_type FROM trx_jobs j WHERE j.job_id = r.job_id), 0) = CAST(? AS BIGINT))`;
const IN_RANGE = `r.extracted_at_ms >= ? AND r.extracted_at_ms < ? AND ${IS_OF_KIND}`;

const TIMES = nearestRanks(
  `SELECT r.extraction_ms AS v, COUNT(*) AS c FROM trx_results r
    WHERE ${IN_RANGE} AND r.extraction_ms IS NOT NULL GROUP BY r.extraction_ms`,
  [50, 95, 99],
);

const ERRORS = `SELECT MAX(e.name), COUNT(*) FROM trx_results r JOIN trx_error_codes e ON e.id = r.error_code_id
  WHERE ${IN_RANGE} GROUP BY e.id ORDER BY COUNT(*) DESC, e.id LIMIT ${MAX_ERROR_CODES}`;

/** How extraction and its cache performed, from the results and the cache's counters. One text for both databases. */
export class ExtractionQueries implements AnalyticsStore {
  readonly #totals: string;
  readonly #cache: string;

  constructor(
    private readonly reader: SqlReader,
    readonly sessions: SessionAnalytics,
  ) {
    const runs = `${reader.jsonRows('?', ['i', 'lo', 'hi'])} AS b`;
    this.#totals = `SELECT b.i, COUNT(*), SUM(CASE WHEN r.error_code_id IS NULL THEN 1 ELSE 0 END),
      SUM(CASE WHEN r.origin = ${FROM_CACHE} THEN 1 ELSE 0 END), COUNT(r.extraction_ms), SUM(r.extraction_ms)
      FROM ${runs} CROSS JOIN trx_results r
      WHERE r.extracted_at_ms >= b.lo AND r.extracted_at_ms < b.hi AND ${IS_OF_KIND} GROUP BY b.i`;
    this.#cache = `SELECT b.i, SUM(c.hits), SUM(c.negative_hits), SUM(c.misses), SUM(c.evicted_count),
      SUM(c.evicted_bytes) FROM ${runs} CROSS JOIN trx_cache_slices c
      WHERE c.slice >= b.lo AND c.slice < b.hi GROUP BY b.i`;
  }

  async summarizeExtractions(
    runs: readonly SliceRange[],
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionTotals[]> {
    const bounds = runs.map(toTimeRange).map(({ fromMs, toMs }, index) => [index, fromMs, toMs]);
    const sums = runs.map(() => NO_EXTRACTIONS);
    for (const row of await this.#read(this.#totals, [JSON.stringify(bounds), kind, kind])) {
      const [index = 0, count = 0, succeededCount = 0, cachedCount = 0, timedCount = 0, totalMs = 0] =
        row.map(Number);
      sums[index] = { count, succeededCount, cachedCount, timedCount, totalMs };
    }
    return sums;
  }

  async summarizeExtractionTimes(range: SliceRange, kind: ExtractionKind | null): Promise<ExtractionTimes> {
    const [row = []] = await this.#read(TIMES, parametersOf(range, kind));
    const [timedCount, totalMs, p50Ms = null, p95Ms = null, p99Ms = null] = row.map((value) =>
      value === null ? null : Number(value),
    );
    return { timedCount: timedCount ?? 0, totalMs: totalMs ?? 0, p50Ms, p95Ms, p99Ms };
  }

  async listExtractionErrors(
    range: SliceRange,
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionError[]> {
    const rows = await this.#read(ERRORS, parametersOf(range, kind));
    return rows.map(([code, count]) => ({ code: String(code), count: Number(count) }));
  }

  async summarizeCache(runs: readonly SliceRange[]): Promise<readonly CacheTotals[]> {
    const sums = runs.map(() => NO_LOOKUPS);
    const bounds = JSON.stringify(runs.map(({ from, to }, index) => [index, from, to]));
    for (const row of await this.#read(this.#cache, [bounds])) {
      const [index = 0, hits = 0, negativeHits = 0, misses = 0, evictedCount = 0, evictedBytes = 0] =
        row.map(Number);
      sums[index] = { hits, negativeHits, misses, evictedCount, evictedBytes };
    }
    return sums;
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.reader.read({ sql, params });
  }
}

function parametersOf(range: SliceRange, kind: ExtractionKind | null): SqlValue[] {
  const { fromMs, toMs } = toTimeRange(range);
  return [fromMs, toMs, kind, kind];
}
