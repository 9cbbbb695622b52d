import type { TrendBucket } from '../../src/domain/bucket.js';
import type { Counters, Metric } from '../../src/domain/immersion/counters.js';
import type { SessionEventFields } from '../../src/domain/immersion/types.js';
import type { TimeRange } from '../../src/domain/time.js';

/** What the model answers at once and a server later. */
export type Later<T> = T | Promise<T>;

/** What was gained somewhere, and the ratios of it. */
export interface Figures {
  readonly sessions: number;
  readonly counters: Counters;
  readonly cardsPerHour: number | null;
  readonly wordsPerMin: number | null;
  readonly lookupHitRate: number | null;
  readonly lookupsPerHundredWords: number | null;
}

export interface VideoAnswer {
  readonly videoKey: string;
  readonly title: string;
  readonly sourceType: number;
  readonly durationMs: number | null;
  readonly codec: string | null;
  readonly widthPx: number | null;
}

export interface SessionAnswer {
  readonly sessionUuid: string;
  readonly videoKey: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly status: number;
  readonly locale: string | null;
  readonly targetLanguage: string | null;
  readonly difficultyTier: number | null;
  readonly subtitleMode: number | null;
  readonly totals: Figures;
  readonly lastSampleMs: number | null;
  readonly samplesCount: number;
  readonly droppedCount: number;
  readonly isComplete: boolean;
}

export interface SessionQuestion {
  readonly videoKey: string | null;
  readonly status: number | null;
  readonly startedFromMs: number | null;
  readonly startedToMs: number | null;
  readonly targetLanguage: string | null;
}

export interface SessionList {
  /** Newest first. */
  readonly sessions: readonly SessionAnswer[];
  readonly count: number;
}

export interface PointAnswer {
  readonly sampleMs: number;
  readonly counters: Counters;
}

export interface TrendAnswer {
  readonly startMs: number;
  readonly endMs: number;
  readonly isPartial: boolean;
  readonly figures: Figures;
  /** Of `wordsSeen` over 3 points, and of `sessions` over 7. */
  readonly averages: readonly [number, number];
}

export interface RangeAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly figures: Figures;
}

export interface RollupAnswer {
  /** Epoch day or yyyymm. */
  readonly key: number;
  readonly videoKey: string | null;
  readonly sessions: number;
  readonly activeMin: number;
  readonly linesSeen: number;
  readonly wordsSeen: number;
  readonly tokensSeen: number;
  readonly cardsMined: number;
  readonly cardsPerHour: number | null;
  readonly wordsPerMin: number | null;
  readonly lookupHitRate: number | null;
  readonly isImported: boolean;
}

export interface StreakAnswer {
  readonly currentDays: number;
  readonly longestDays: number;
  readonly activeDays: number;
  readonly lastActiveDay: number | null;
}

/** Everything the product can be asked about immersion, in one form for the model, a store and a server. */
export interface Answers {
  videos(): Later<readonly VideoAnswer[]>;
  sessions(filter: SessionQuestion): Later<SessionList>;
  /** All stored samples, or at most `maxPoints` of them. */
  timeline(sessionUuid: string, maxPoints: number): Later<readonly PointAnswer[]>;
  events(sessionUuid: string): Later<readonly SessionEventFields[]>;
  lifetime(): Later<Figures>;
  videoStats(videoKey: string, range: TimeRange | null): Later<Figures>;
  overview(range: TimeRange): Later<{ readonly totals: RangeAnswer; readonly previous: RangeAnswer }>;
  trend(
    range: TimeRange,
    bucket: TrendBucket,
    zone: string,
    videoKeys: readonly string[] | null,
  ): Later<readonly TrendAnswer[]>;
  topVideos(
    range: TimeRange,
    metric: Metric,
    count: number,
  ): Later<readonly { readonly videoKey: string; readonly figures: Figures }[]>;
  daily(fromDay: number, toDay: number, videoKey: string | null): Later<readonly RollupAnswer[]>;
  monthly(fromDay: number, toDay: number, videoKey: string | null): Later<readonly RollupAnswer[]>;
  streak(nowMs: number, zone: string): Later<StreakAnswer>;
  calendar(
    fromDay: number,
    toDay: number,
    zone: string,
  ): Later<readonly { readonly day: number; readonly figures: Figures }[]>;
  pattern(
    range: TimeRange,
    zone: string,
  ): Later<readonly { readonly weekday: number; readonly hour: number; readonly figures: Figures }[]>;
}

export const ALL_SESSIONS: SessionQuestion = {
  videoKey: null,
  status: null,
  startedFromMs: null,
  startedToMs: null,
  targetLanguage: null,
};
