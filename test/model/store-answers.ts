import { toBuckets, type TrendBucket } from '../../src/domain/bucket.js';
import {
  cardsPerHour,
  lookupHitRate,
  lookupsPerHundredWords,
  wordsPerMin,
  type Counters,
  type Metric,
} from '../../src/domain/immersion/counters.js';
import {
  computeStreak,
  listCalendar,
  listPattern,
  listTrend,
  movingAverage,
  parseRange,
  summarizeOverview,
  type CoveredTotals,
} from '../../src/domain/immersion/statistics.js';
import type { EventType } from '../../src/domain/immersion/enums.js';
import type { PeriodRollup, RangeTotals, Session, Video } from '../../src/domain/immersion/types.js';
import { monthOf, SLICE_MS, type TimeRange } from '../../src/domain/time.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { zoneOf } from '../../src/domain/zone.js';
import type { Answers, Figures, RangeAnswer, RollupAnswer, SessionQuestion, TrendAnswer } from './answers.js';
import { pages } from './pages.js';

const figures = (sessions: number, counters: Counters): Figures => ({
  sessions,
  counters,
  cardsPerHour: cardsPerHour(counters),
  wordsPerMin: wordsPerMin(counters),
  lookupHitRate: lookupHitRate(counters),
  lookupsPerHundredWords: lookupsPerHundredWords(counters),
});
const ofTotals = ({ sessionsCount, counters }: RangeTotals): Figures => figures(sessionsCount, counters);
const ofCovered = ({ covered, ...totals }: CoveredTotals): RangeAnswer => ({
  fromMs: covered.from * SLICE_MS,
  toMs: covered.to * SLICE_MS,
  figures: ofTotals(totals),
});

/** The product behind its port: any store, and the domain functions above it, as the API uses them. */
export class StoreAnswers implements Answers {
  /** Asked for anew each time: a restart brings another store. */
  constructor(private readonly storeNow: () => StatsStore) {}

  async videos() {
    const rows = await pages<Video>(
      (page) => this.#immersion.listVideos({ text: null, sourceType: null }, 'TITLE', page),
      (video) => [video.title, video.videoId],
    );
    return rows.map(({ videoKey, title, sourceType, durationMs, codec, widthPx }) => ({
      ...{ videoKey, title, sourceType, durationMs, codec, widthPx },
    }));
  }

  async sessions({ videoKey, ...rest }: SessionQuestion) {
    const filter = { ...rest, videoId: videoKey === null ? null : await this.#idOf(videoKey) };
    const rows = await pages<Session>(
      (page) => this.#immersion.listSessions(filter, page),
      (session) => [session.startedAtMs, session.sessionId],
    );
    const totals = await this.#immersion.listSessionTotals(rows.map(({ sessionId }) => sessionId));
    const keys = await this.#keysOf(rows.map(({ videoId }) => videoId));
    const sessions = rows.map(({ videoId, ...row }, index) => {
      const session = without(row, 'sessionId');
      const { counters, lastSampleMs, samplesCount, droppedCount, deadLetterCount } = totals[index]!;
      return {
        ...session,
        videoKey: keys.get(videoId) ?? '',
        totals: figures(0, counters),
        ...{ lastSampleMs, samplesCount, droppedCount },
        isComplete: droppedCount === 0 && deadLetterCount === 0,
      };
    });
    return { sessions, count: await this.#immersion.countSessions(filter) };
  }

  async timeline(sessionUuid: string, maxPoints: number) {
    const session = await this.#immersion.getSession(sessionUuid);
    return session === null ? [] : this.#immersion.listTimeline(session.sessionId, maxPoints);
  }

  async events(sessionUuid: string) {
    const session = await this.#immersion.getSession(sessionUuid);
    if (session === null) return [];
    const rows = await pages(
      (page) => this.#immersion.listEvents(session.sessionId, null, page),
      (event) => [event.tsMs, event.clientSeq, event.eventId],
    );
    return rows.map((row) => ({ ...without(row, 'eventId'), type: row.type as EventType }));
  }

  async lifetime() {
    return ofTotals(await this.#immersion.summarizeLifetime());
  }

  async videoStats(videoKey: string, range: TimeRange | null) {
    const ids = [await this.#idOf(videoKey)];
    const [totals] = await this.#immersion.listVideoTotals(ids, range === null ? null : parseRange(range));
    return ofTotals(totals!);
  }

  async overview(range: TimeRange) {
    const { totals, previous } = await summarizeOverview(this.#immersion, parseRange(range));
    return { totals: ofCovered(totals), previous: ofCovered(previous) };
  }

  async trend(
    range: TimeRange,
    bucket: TrendBucket,
    zone: string,
    videoKeys: readonly string[] | null,
  ): Promise<TrendAnswer[]> {
    const ids = videoKeys === null ? null : await Promise.all(videoKeys.map((key) => this.#idOf(key)));
    const slices = parseRange(range);
    const points = await listTrend(this.#immersion, slices, bucket, zoneOf(zone), ids);
    const buckets = toBuckets(slices, bucket, zoneOf(zone));
    return points.map((point, index) => ({
      startMs: point.bucket.startMs,
      endMs: point.bucket.endMs,
      isPartial:
        buckets[index]!.slices.from * SLICE_MS > point.bucket.startMs ||
        buckets[index]!.slices.to * SLICE_MS < point.bucket.endMs,
      figures: ofTotals(point),
      averages: [movingAverage(points, index, 'wordsSeen', 3), movingAverage(points, index, 'sessions', 7)],
    }));
  }

  async topVideos(range: TimeRange, metric: Metric, count: number) {
    const rows = await this.#immersion.listTopVideos(parseRange(range), metric, count);
    const keys = await this.#keysOf(rows.map(({ videoId }) => videoId));
    return rows.map((row) => ({ videoKey: keys.get(row.videoId) ?? '', figures: ofTotals(row) }));
  }

  async daily(fromDay: number, toDay: number, videoKey: string | null) {
    const id = videoKey === null ? null : await this.#idOf(videoKey);
    return this.#rollups(await this.#immersion.listDailyRollups(fromDay, toDay, id));
  }

  async monthly(fromDay: number, toDay: number, videoKey: string | null) {
    const id = videoKey === null ? null : await this.#idOf(videoKey);
    return this.#rollups(await this.#immersion.listMonthlyRollups(monthOf(fromDay), monthOf(toDay), id));
  }

  streak(nowMs: number, zone: string) {
    return computeStreak(this.#immersion, nowMs, zoneOf(zone));
  }

  async calendar(fromDay: number, toDay: number, zone: string) {
    const days = await listCalendar(this.#immersion, fromDay, toDay, zoneOf(zone));
    return days.map(({ day, ...totals }) => ({ day, figures: ofTotals(totals) }));
  }

  async pattern(range: TimeRange, zone: string) {
    const cells = await listPattern(this.#immersion, parseRange(range), zoneOf(zone));
    return cells.map(({ weekday, hour, ...totals }) => ({ weekday, hour, figures: ofTotals(totals) }));
  }

  get #immersion() {
    return this.storeNow().immersion;
  }

  async #idOf(videoKey: string): Promise<number> {
    const video = await this.#immersion.getVideo(videoKey);
    if (video === null) throw new Error(`There is no video "${videoKey}"`);
    return video.videoId;
  }

  async #keysOf(ids: readonly number[]): Promise<Map<number, string>> {
    const videos = await this.#immersion.listVideosByIds(ids);
    return new Map(videos.map(({ videoId, videoKey }) => [videoId, videoKey]));
  }

  async #rollups(rows: readonly PeriodRollup[]): Promise<RollupAnswer[]> {
    const keys = await this.#keysOf(rows.flatMap(({ videoId }) => (videoId === null ? [] : [videoId])));
    return rows.map(({ videoId, sessionsCount, ...row }) => ({
      ...row,
      videoKey: videoId === null ? null : (keys.get(videoId) ?? ''),
      sessions: sessionsCount,
    }));
  }
}

/** Surrogate ids are nobody's business. */
const without = <Row extends object, Key extends keyof Row>(row: Row, key: Key): Omit<Row, Key> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== key)) as Omit<Row, Key>;
