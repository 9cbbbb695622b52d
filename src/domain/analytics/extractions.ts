import { toBuckets, type Bucket, type TrendBucket } from '../bucket.js';
import { ratio } from '../immersion/counters.js';
import type { SliceRange } from '../time.js';
import type { Zone } from '../zone.js';
import type { SessionAnalytics } from './sessions.js';

/** What an extraction belonged to; the two kinds of jobs have the codes of their type. */
export const ExtractionKind = { SINGLE: 0, BATCH: 1, PLAYLIST: 2 } as const;
export type ExtractionKind = (typeof ExtractionKind)[keyof typeof ExtractionKind];

/** Different error codes one answer names; what is rarer is left out. */
export const MAX_ERROR_CODES = 200;

/** Extractions that ended in a range, by the instant they ended at. */
export interface ExtractionTotals {
  readonly count: number;
  readonly succeededCount: number;
  /** Answered by the cache, without extracting. */
  readonly cachedCount: number;
  /** Those whose duration is known. */
  readonly timedCount: number;
  /** Sum of the known durations, ms. */
  readonly totalMs: number;
}

/** Nearest ranks: each is a duration that was measured, ms. Null without any. */
export interface ExtractionTimes {
  readonly timedCount: number;
  readonly totalMs: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface ExtractionError {
  readonly code: string;
  readonly count: number;
}

/** Lookups of the transcript cache in a range. */
export interface CacheTotals {
  readonly hits: number;
  readonly negativeHits: number;
  readonly misses: number;
  readonly evictedCount: number;
  readonly evictedBytes: number;
}

/** What is asked about extraction and its cache, and about sessions. `kind` null means all. */
export interface AnalyticsStore {
  readonly sessions: SessionAnalytics;
  /** One sum per given run of slices, in order; runs without data are zeros. Runs do not overlap. */
  summarizeExtractions(
    runs: readonly SliceRange[],
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionTotals[]>;
  summarizeExtractionTimes(range: SliceRange, kind: ExtractionKind | null): Promise<ExtractionTimes>;
  /** Most frequent first, at most MAX_ERROR_CODES. */
  listExtractionErrors(range: SliceRange, kind: ExtractionKind | null): Promise<readonly ExtractionError[]>;
  /** As `summarizeExtractions`. */
  summarizeCache(runs: readonly SliceRange[]): Promise<readonly CacheTotals[]>;
}

export const NO_EXTRACTIONS: ExtractionTotals = {
  count: 0,
  succeededCount: 0,
  cachedCount: 0,
  timedCount: 0,
  totalMs: 0,
};
export const NO_LOOKUPS: CacheTotals = {
  hits: 0,
  negativeHits: 0,
  misses: 0,
  evictedCount: 0,
  evictedBytes: 0,
};

/** Extractions in one civil day. */
export interface ExtractionDay extends ExtractionTotals {
  readonly bucket: Bucket;
}

/** One entry per civil day of the range, zero-filled. Throws BAD_USER_INPUT above MAX_BUCKETS. */
export async function listExtractionDays(
  store: AnalyticsStore,
  range: SliceRange,
  zone: Zone,
  kind: ExtractionKind | null,
): Promise<ExtractionDay[]> {
  const buckets = toBuckets(range, 'DAY', zone);
  const sums = await store.summarizeExtractions(
    buckets.map(({ slices }) => slices),
    kind,
  );
  return buckets.map((bucket, index) => ({ ...(sums[index] ?? NO_EXTRACTIONS), bucket }));
}

/** Lookups in one civil bucket. */
export interface CachePoint extends CacheTotals {
  readonly bucket: Bucket;
}

/** One point per civil bucket of the range, zero-filled. Throws BAD_USER_INPUT above MAX_BUCKETS. */
export async function listCacheTrend(
  store: AnalyticsStore,
  range: SliceRange,
  bucket: TrendBucket,
  zone: Zone,
): Promise<CachePoint[]> {
  const buckets = toBuckets(range, bucket, zone);
  const sums = await store.summarizeCache(buckets.map(({ slices }) => slices));
  return buckets.map((b, index) => ({ ...(sums[index] ?? NO_LOOKUPS), bucket: b }));
}

/** Mean duration, ms; null when none is known. */
export const averageMs = ({
  totalMs,
  timedCount,
}: Pick<ExtractionTotals, 'totalMs' | 'timedCount'>): number | null => ratio(totalMs, timedCount);

/** Share of lookups that the cache answered, 0 to 1; a negative entry answers too. */
export const hitRate = ({ hits, negativeHits, misses }: CacheTotals): number | null =>
  ratio(hits + negativeHits, hits + negativeHits + misses);
