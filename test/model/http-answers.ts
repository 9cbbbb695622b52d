import type { TrendBucket } from '../../src/domain/bucket.js';
import type { Metric } from '../../src/domain/immersion/counters.js';
import type { EventType } from '../../src/domain/immersion/enums.js';
import type { TimeRange } from '../../src/domain/time.js';
import type { Answers, SessionQuestion, VideoAnswer } from './answers.js';
import {
  codeOf,
  COUNTERS,
  countersOf,
  dateOf,
  dayOf,
  EVENT_TYPES,
  FIGURES,
  figuresOfFields,
  instantOf,
  metricWord,
  SOURCE_TYPES,
  STATUSES,
  type CounterFields,
  type FigureFields,
} from './http-words.js';
import {
  ofRange,
  ROLLUP,
  rollupOf,
  SESSION,
  toSession,
  type EventNode,
  type Ranged,
  type RollupNode,
  type SessionNode,
} from './http-nodes.js';
import { eachNode, type Ask } from './http-pages.js';

const MAX_POINTS = 5_000;
const rangeOf = ({ fromMs, toMs }: TimeRange) => ({ from: instantOf(fromMs), to: instantOf(toMs) });
const daysOf = (fromDay: number, toDay: number) => ({ from: dateOf(fromDay), to: dateOf(toDay) });

/** The product as clients see it: GraphQL over HTTP and nothing else. */
export class HttpAnswers implements Answers {
  constructor(
    private readonly ask: Ask,
    /** The server's own clock decides what today is. */
    private readonly at: <T>(nowMs: number, during: () => Promise<T>) => Promise<T>,
  ) {}

  async videos() {
    const select = 'videoKey title sourceType durationMs codec widthPx';
    const rows = await eachNode<Omit<VideoAnswer, 'sourceType'> & { readonly sourceType: string }>(
      this.ask,
      (page) => `videos(orderBy: TITLE, ${page})`,
      select,
    );
    return rows.map((video) => ({ ...video, sourceType: codeOf(SOURCE_TYPES, video.sourceType) }));
  }

  async sessions(question: SessionQuestion) {
    const { videoKey, status, startedFromMs, startedToMs, targetLanguage } = question;
    const filter = {
      ...{ videoKey, targetLanguage, status: status === null ? null : STATUSES[status] },
      startedFrom: startedFromMs === null ? null : instantOf(startedFromMs),
      startedTo: startedToMs === null ? null : instantOf(startedToMs),
    };
    const rows = await eachNode<SessionNode>(
      this.ask,
      (page) => `sessions(filter: $filter, ${page})`,
      SESSION,
      { filter: ['SessionFilter', filter] },
    );
    const { sessions } = await this.ask<{ sessions: { totalCount: number } }>(
      'query ($filter: SessionFilter) { sessions(filter: $filter) { totalCount } }',
      { filter },
    );
    return { sessions: rows.map(toSession), count: sessions.totalCount };
  }

  async timeline(sessionUuid: string, maxPoints: number) {
    const { session } = await this.ask<{
      session: { timeline: readonly (CounterFields & { readonly sampleMs: number })[] } | null;
    }>(
      `query ($id: UUID!, $n: Int) { session(sessionUuid: $id) { timeline(maxPoints: $n) { sampleMs ${COUNTERS} } } }`,
      { id: sessionUuid, n: Math.min(maxPoints, MAX_POINTS) },
    );
    return (session?.timeline ?? []).map(({ sampleMs, ...rest }) => ({
      sampleMs,
      counters: countersOf(rest),
    }));
  }

  async events(sessionUuid: string) {
    const select = `tsMs type clientSeq lineIndex segmentStartMs segmentEndMs wordsDelta cardsDelta payload`;
    const rows = await eachNode<EventNode>(
      this.ask,
      (page) => `session(sessionUuid: $id) { events(${page})`,
      select,
      { id: ['UUID!', sessionUuid] },
    );
    return rows.map(({ type, payload, ...event }) => ({
      ...event,
      type: codeOf(EVENT_TYPES, type) as EventType,
      payloadJson: payload === null ? null : JSON.stringify(payload),
    }));
  }

  async lifetime() {
    const { lifetime } = await this.ask<{ lifetime: FigureFields }>(`{ lifetime { sessions ${FIGURES} } }`);
    return figuresOfFields(lifetime);
  }

  async videoStats(videoKey: string, range: TimeRange | null) {
    const { video } = await this.ask<{ video: { stats: FigureFields } }>(
      `query ($key: String!, $range: TimeRangeInput) { video(videoKey: $key) { stats(range: $range) { sessions ${FIGURES} } } }`,
      { key: videoKey, range: range === null ? null : rangeOf(range) },
    );
    return figuresOfFields(video.stats);
  }

  async overview(range: TimeRange) {
    const { overview } = await this.ask<{ overview: { totals: Ranged; previous: Ranged } }>(
      `query ($range: TimeRangeInput!) { overview(range: $range) {
        totals { from to sessions ${FIGURES} } previous { from to sessions ${FIGURES} } } }`,
      { range: rangeOf(range) },
    );
    return { totals: ofRange(overview.totals), previous: ofRange(overview.previous) };
  }

  async trend(range: TimeRange, bucket: TrendBucket, zone: string, videoKeys: readonly string[] | null) {
    type Node = FigureFields & {
      readonly bucketStart: string;
      readonly bucketEnd: string;
      readonly isPartial: boolean;
      readonly words: number;
      readonly starts: number;
    };
    const { trends } = await this.ask<{ trends: readonly Node[] }>(
      `query ($range: TimeRangeInput!, $bucket: TrendBucket!, $zone: TimeZone, $keys: [String!]) {
        trends(range: $range, bucket: $bucket, timezone: $zone, videoKeys: $keys) {
          bucketStart bucketEnd isPartial sessions ${FIGURES}
          words: movingAverage(metric: WORDS_SEEN, points: 3) starts: movingAverage(metric: SESSIONS) } }`,
      { range: rangeOf(range), bucket, zone, keys: videoKeys },
    );
    return trends.map(({ bucketStart, bucketEnd, isPartial, words, starts, ...fields }) => ({
      startMs: Date.parse(bucketStart),
      endMs: Date.parse(bucketEnd),
      isPartial,
      figures: figuresOfFields(fields),
      averages: [words, starts] as const,
    }));
  }

  async topVideos(range: TimeRange, metric: Metric, count: number) {
    type Node = FigureFields & { readonly rank: number; readonly video: { readonly videoKey: string } };
    const { topVideos } = await this.ask<{ topVideos: readonly Node[] }>(
      `query ($range: TimeRangeInput!, $metric: Metric!, $first: Int) {
        topVideos(range: $range, metric: $metric, first: $first) { rank video { videoKey } sessions ${FIGURES} } }`,
      { range: rangeOf(range), metric: metricWord(metric), first: count },
    );
    return topVideos
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ video, ...fields }) => ({ videoKey: video.videoKey, figures: figuresOfFields(fields) }));
  }

  async daily(fromDay: number, toDay: number, videoKey: string | null) {
    const { dailyRollups } = await this.ask<{ dailyRollups: readonly (RollupNode & { day: string })[] }>(
      `query ($range: DateRangeInput!, $key: String) { dailyRollups(range: $range, videoKey: $key) { day ${ROLLUP} } }`,
      { range: daysOf(fromDay, toDay), key: videoKey },
    );
    return dailyRollups.map(({ day, ...rollup }) => rollupOf(dayOf(day), rollup));
  }

  async monthly(fromDay: number, toDay: number, videoKey: string | null) {
    const { monthlyRollups } = await this.ask<{
      monthlyRollups: readonly (RollupNode & { month: string })[];
    }>(
      `query ($range: DateRangeInput!, $key: String) { monthlyRollups(range: $range, videoKey: $key) { month ${ROLLUP} } }`,
      { range: daysOf(fromDay, toDay), key: videoKey },
    );
    return monthlyRollups.map(({ month, ...rollup }) => rollupOf(Number(month.replace('-', '')), rollup));
  }

  streak(nowMs: number, zone: string) {
    type Node = Readonly<Record<'currentDays' | 'longestDays' | 'activeDays', number>> & {
      readonly lastActiveDay: string | null;
    };
    return this.at(nowMs, async () => {
      const { streak } = await this.ask<{ streak: Node }>(
        'query ($zone: TimeZone) { streak(timezone: $zone) { currentDays longestDays activeDays lastActiveDay } }',
        { zone },
      );
      const { lastActiveDay } = streak;
      return { ...streak, lastActiveDay: lastActiveDay === null ? null : dayOf(lastActiveDay) };
    });
  }

  async calendar(fromDay: number, toDay: number, zone: string) {
    type Node = FigureFields & { readonly day: string };
    const { activityCalendar } = await this.ask<{ activityCalendar: readonly Node[] }>(
      `query ($range: DateRangeInput!, $zone: TimeZone) {
        activityCalendar(range: $range, timezone: $zone) { day sessions ${FIGURES} } }`,
      { range: daysOf(fromDay, toDay), zone },
    );
    return activityCalendar.map(({ day, ...fields }) => ({
      day: dayOf(day),
      figures: figuresOfFields(fields),
    }));
  }

  async pattern(range: TimeRange, zone: string) {
    type Node = FigureFields & { readonly weekday: number; readonly hour: number };
    const { activityPattern } = await this.ask<{ activityPattern: readonly Node[] }>(
      `query ($range: TimeRangeInput!, $zone: TimeZone) {
        activityPattern(range: $range, timezone: $zone) { weekday hour sessions ${FIGURES} } }`,
      { range: rangeOf(range), zone },
    );
    return activityPattern.map(({ weekday, hour, ...fields }) => ({
      ...{ weekday, hour },
      figures: figuresOfFields(fields),
    }));
  }
}
