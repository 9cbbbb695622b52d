import type { Page, PageRequest } from '../page.js';
import type { SliceRange } from '../time.js';
import type { CounterKey, CounterValues, Metric } from './counters.js';
import type {
  IndexedSlices,
  PeriodRollup,
  RangeTotals,
  Session,
  SessionEvent,
  SessionFilter,
  SessionTotals,
  TimelinePoint,
  Video,
  VideoFilter,
  VideoOrder,
  VideoRanking,
} from './types.js';

/**
 * Everything that is asked about immersion. Statistics of ranges are fresh: what was committed before the call is
 * in the answer, rolled up or not. `videoIds` null means all videos.
 */
export interface ImmersionStore {
  getVideo(videoKey: string): Promise<Video | null>;
  listVideosByIds(videoIds: readonly number[]): Promise<readonly Video[]>;
  listVideosByKeys(videoKeys: readonly string[]): Promise<readonly Video[]>;
  /** Keys: [title, videoId] or [instant, videoId]. */
  listVideos(filter: VideoFilter, order: VideoOrder, page: PageRequest): Promise<Page<Video>>;
  countVideos(filter: VideoFilter): Promise<number>;

  getSession(sessionUuid: string): Promise<Session | null>;
  /** Those that are there, in any order. */
  listSessionsByUuids(sessionUuids: readonly string[]): Promise<readonly Session[]>;
  /** Newest first; key [startedAtMs, sessionId]. */
  listSessions(filter: SessionFilter, page: PageRequest): Promise<Page<Session>>;
  countSessions(filter: SessionFilter): Promise<number>;
  /** In the order of the ids; a session that never reported has zeros. */
  listSessionTotals(sessionIds: readonly number[]): Promise<readonly SessionTotals[]>;

  /** At most `maxPoints` of the stored samples, in time order, keeping every counter's extremes. */
  listTimeline(sessionId: number, maxPoints: number): Promise<readonly TimelinePoint[]>;
  /** In time order; key [tsMs, clientSeq, eventId]. `types` null means all. */
  listEvents(
    sessionId: number,
    types: readonly number[] | null,
    page: PageRequest,
  ): Promise<Page<SessionEvent>>;

  /** One sum per given run of slices, in order; runs without data are zeros. */
  summarizeSlices(
    runs: readonly SliceRange[],
    videoIds: readonly number[] | null,
  ): Promise<readonly RangeTotals[]>;
  /** The indexes of the runs in which active watching time was gained, in order. */
  listActiveRuns(runs: readonly IndexedSlices[]): Promise<readonly number[]>;
  summarizeLifetime(): Promise<RangeTotals>;
  /** In the order of the ids, in one statement; `range` null is the lifetime. */
  listVideoTotals(videoIds: readonly number[], range: SliceRange | null): Promise<readonly RangeTotals[]>;
  /** The first slice that has any data, or null. */
  getFirstSlice(): Promise<number | null>;
  listTopVideos(range: SliceRange, metric: Metric, count: number): Promise<readonly VideoRanking[]>;
  listDailyRollups(fromDay: number, toDay: number, videoId: number | null): Promise<readonly PeriodRollup[]>;
  listMonthlyRollups(
    fromMonth: number,
    toMonth: number,
    videoId: number | null,
  ): Promise<readonly PeriodRollup[]>;
}

/** A telemetry sample as rows carry it. */
export interface SampleRow {
  readonly sampleMs: number;
  readonly counters: CounterValues;
}

/** Column of a counter in every table that has the thirteen: `totalWatchedMs` is `total_watched_ms`. */
export const counterColumn = (key: CounterKey): string =>
  key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
