import { toBuckets, type Bucket, type TrendBucket } from '../bucket.js';
import { ratio } from '../immersion/counters.js';
import { previousRange, type SliceRange } from '../time.js';
import type { Zone } from '../zone.js';

/** Whose audience: one video, or all of them, with or without those whose entries are deleted. */
export interface AudienceSubject {
  readonly videoId: number | null;
  readonly includesDeleted: boolean;
}

/** Playbacks count where they started; the peak is of those that were there. */
export interface AudienceTotals {
  readonly viewsCount: number;
  readonly completedCount: number;
  /** Views that saw at least one hundredth. */
  readonly timedCount: number;
  readonly watchedMs: number;
  readonly peakCount: number;
  /** The first instant of the peak; null without one. */
  readonly peakAtMs: number | null;
}

/** With the number of different viewers; anonymous playbacks have none. */
export interface AudienceFigures extends AudienceTotals {
  readonly viewersCount: number;
}

export interface QualityTotals {
  /** Null: the player did not say. */
  readonly quality: string | null;
  readonly viewsCount: number;
  readonly watchedMs: number;
}

/** Views that saw each hundredth of the video. */
export interface RetentionCounts {
  readonly timedCount: number;
  readonly bins: readonly number[];
}

export interface AudienceRanking extends AudienceFigures {
  readonly videoId: number;
}

export const AUDIENCE_METRICS = ['VIEWS', 'WATCHED', 'COMPLETED'] as const;
export type AudienceMetric = (typeof AUDIENCE_METRICS)[number];

/** What is asked about the audience. Answers hold everything that was committed before. */
export interface AudienceStore {
  /** One sum for each run, in order. */
  summarizeAudience(
    runs: readonly SliceRange[],
    subject: AudienceSubject,
  ): Promise<readonly AudienceTotals[]>;
  /** The same with different viewers, which cost more. */
  summarizeFigures(
    runs: readonly SliceRange[],
    subject: AudienceSubject,
  ): Promise<readonly AudienceFigures[]>;
  /** Most watched first. */
  summarizeQualities(range: SliceRange, subject: AudienceSubject): Promise<readonly QualityTotals[]>;
  summarizeRetention(range: SliceRange, subject: AudienceSubject): Promise<RetentionCounts>;
  /** One for each id, in order, whatever became of its entry. */
  listVideoAudiences(videoIds: readonly number[], range: SliceRange): Promise<readonly AudienceFigures[]>;
  /** Highest first; videos without any are left out. */
  listTopAudiences(
    range: SliceRange,
    metric: AudienceMetric,
    count: number,
    includesDeleted: boolean,
  ): Promise<readonly AudienceRanking[]>;
}

export const NO_AUDIENCE: AudienceTotals = {
  viewsCount: 0,
  completedCount: 0,
  timedCount: 0,
  watchedMs: 0,
  peakCount: 0,
  peakAtMs: null,
};

/** A range, and the one of the same length before it where that was asked for. */
export interface Compared<Value> {
  readonly current: Value;
  readonly previous: Value | null;
}

/** `summarize` answers one value for each run, in order. */
export async function compare<Value>(
  range: SliceRange,
  hasPrevious: boolean,
  summarize: (runs: readonly SliceRange[]) => Promise<readonly Value[]>,
): Promise<Compared<Value>> {
  const [current, previous] = await summarize(hasPrevious ? [range, previousRange(range)] : [range]);
  if (current === undefined) throw new Error('A run was not answered');
  return { current, previous: previous ?? null };
}

/** What the audience did in one civil bucket. */
export type AudiencePoint<Sums extends AudienceTotals = AudienceTotals> = Sums & { readonly bucket: Bucket };

/**
 * One point per civil bucket of the range, zero-filled; `summarize` answers one sum for each run, in order. Throws
 * BAD_USER_INPUT above MAX_BUCKETS.
 */
export async function listAudienceTrend<Sums extends AudienceTotals>(
  summarize: (runs: readonly SliceRange[]) => Promise<readonly Sums[]>,
  range: SliceRange,
  bucket: TrendBucket,
  zone: Zone,
): Promise<AudiencePoint<Sums>[]> {
  const buckets = toBuckets(range, bucket, zone);
  const sums = await summarize(buckets.map(({ slices }) => slices));
  return sums.flatMap((own, index) => {
    const of = buckets[index];
    return of === undefined ? [] : [{ ...own, bucket: of }];
  });
}

/** Share of views that reached 90 % of the video, 0 to 1. */
export const completionRate = ({ completedCount, viewsCount }: AudienceTotals): number | null =>
  ratio(completedCount, viewsCount);

export const averageWatchedMs = ({ watchedMs, viewsCount }: AudienceTotals): number | null =>
  ratio(watchedMs, viewsCount);

/** Share of the views that saw each hundredth; empty where nothing was measured. */
export const retentionShares = ({ bins, timedCount }: RetentionCounts): number[] =>
  timedCount === 0 ? [] : bins.map((count) => count / timedCount);

/** How much of the video a view saw on average, 0 to 1. */
export const averageShare = ({ bins, timedCount }: RetentionCounts): number | null =>
  ratio(
    bins.reduce((sum, count) => sum + count, 0),
    timedCount * bins.length,
  );
