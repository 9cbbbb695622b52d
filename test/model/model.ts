import type { TrendBucket } from '../../src/domain/bucket.js';
import type { Metric } from '../../src/domain/immersion/counters.js';
import type { SessionEventFields } from '../../src/domain/immersion/types.js';
import type { TimeRange } from '../../src/domain/time.js';
import type {
  Answers,
  Figures,
  PointAnswer,
  RangeAnswer,
  RollupAnswer,
  SessionAnswer,
  SessionList,
  SessionQuestion,
  StreakAnswer,
  TrendAnswer,
  VideoAnswer,
} from './answers.js';
import { localTimeAt, localTimeOfSlice, SLICE } from './calendar.js';
import { calendarOf, patternOf, streakOf, trendOf, valueOf } from './civil.js';
import { figuresOf, larger, named } from './figures.js';
import { covered, gainsOf, sum, within, type Gain } from './gains.js';
import { ABANDONED, ENDED, ModelState, type ModelSession } from './model-state.js';

/** What every statistic must be. Slow and plain on purpose; only types are shared with the product. */
export class Model implements Answers {
  readonly state: ModelState;

  constructor(rollUpZone: string) {
    this.state = new ModelState(rollUpZone);
  }

  videos(): VideoAnswer[] {
    return [...this.state.videos.values()]
      .map(({ videoKey, title, sourceType, durationMs, codec, widthPx }) => ({
        ...{ videoKey, title, sourceType, durationMs, codec, widthPx },
      }))
      .toSorted((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
  }

  sessions(filter: SessionQuestion): SessionList {
    const sessions = [...this.state.sessions.values()]
      .toReversed()
      .toSorted((a, b) => b.startedAtMs - a.startedAtMs)
      .filter((s) => filter.videoKey === null || s.videoKey === filter.videoKey)
      .filter((s) => filter.status === null || s.status === filter.status)
      .filter((s) => filter.startedFromMs === null || s.startedAtMs >= filter.startedFromMs)
      .filter((s) => filter.startedToMs === null || s.startedAtMs < filter.startedToMs)
      .filter((s) => filter.targetLanguage === null || s.targetLanguage === filter.targetLanguage)
      .map((session) => this.#session(session));
    return { sessions, count: sessions.length };
  }

  timeline(sessionUuid: string): PointAnswer[] {
    return [...(this.state.sessions.get(sessionUuid)?.stored ?? [])]
      .toSorted(([a], [b]) => a - b)
      .map(([sampleMs, values]) => ({ sampleMs, counters: named(values) }));
  }

  events(sessionUuid: string): SessionEventFields[] {
    return [...(this.state.sessions.get(sessionUuid)?.events.values() ?? [])].toSorted(
      (a, b) => a.tsMs - b.tsMs || a.clientSeq - b.clientSeq,
    );
  }

  lifetime(): Figures {
    return sum(this.#gains(null, 0));
  }

  videoStats(videoKey: string, range: TimeRange | null): Figures {
    if (range === null) return sum(this.#gains([videoKey], 0));
    const { first, end } = covered(range);
    return sum(this.#gains([videoKey]).filter(within(first, end)));
  }

  overview(range: TimeRange): { totals: RangeAnswer; previous: RangeAnswer } {
    const { first, end } = covered(range);
    const of = (from: number, to: number): RangeAnswer => ({
      fromMs: from * SLICE,
      toMs: to * SLICE,
      figures: sum(this.#gains().filter(within(from, to))),
    });
    return { totals: of(first, end), previous: of(first - (end - first), first) };
  }

  trend(
    range: TimeRange,
    bucket: TrendBucket,
    zone: string,
    videoKeys: readonly string[] | null,
  ): TrendAnswer[] {
    return trendOf(this.#gains(videoKeys), range, bucket, zone);
  }

  topVideos(range: TimeRange, metric: Metric, count: number): { videoKey: string; figures: Figures }[] {
    return [...this.state.videos.keys()]
      .map((videoKey) => ({ videoKey, figures: this.videoStats(videoKey, range) }))
      .filter(({ figures }) => valueOf(figures, metric) > 0)
      .toSorted((a, b) => valueOf(b.figures, metric) - valueOf(a.figures, metric))
      .slice(0, count);
  }

  daily(fromDay: number, toDay: number, videoKey: string | null): RollupAnswer[] {
    const { dayArchive, firstDay } = this.state;
    const keyOf = ({ slice }: Gain): number => this.#serverTime(slice).day;
    return this.#periods(dayArchive, videoKey, keyOf, Math.max(fromDay, firstDay), toDay);
  }

  monthly(fromDay: number, toDay: number, videoKey: string | null): RollupAnswer[] {
    const monthOf = (day: number): number => localTimeAt('UTC', day * 24 * 4 * SLICE).month;
    const keyOf = ({ slice }: Gain): number => this.#serverTime(slice).month;
    const { monthArchive, firstMonth } = this.state;
    return this.#periods(
      monthArchive,
      videoKey,
      keyOf,
      Math.max(monthOf(fromDay), firstMonth),
      monthOf(toDay),
    );
  }

  streak(nowMs: number, zone: string): StreakAnswer {
    return streakOf(this.#gains(), nowMs, zone);
  }

  calendar(fromDay: number, toDay: number, zone: string): { day: number; figures: Figures }[] {
    return calendarOf(this.#gains(), fromDay, toDay, zone);
  }

  pattern(range: TimeRange, zone: string): { weekday: number; hour: number; figures: Figures }[] {
    const { first, end } = covered(range);
    return patternOf(this.#gains().filter(within(first, end)), zone);
  }

  /** Retention takes old slices out of every range, but not out of what is for life. */
  #gains(videoKeys: readonly string[] | null = null, firstSlice = this.state.firstSlice): Gain[] {
    return [...this.state.sessions.values()]
      .flatMap((session) => gainsOf(session, firstSlice))
      .filter(({ videoKey }) => videoKeys === null || videoKeys.includes(videoKey));
  }

  #serverTime(slice: number) {
    return localTimeOfSlice(this.state.rollUpZone, slice);
  }

  /** A period has a row when anything at all was reported in it, or a session started in it. */
  #periods(
    archive: readonly Gain[],
    videoKey: string | null,
    keyOf: (gain: Gain) => number,
    from: number,
    to: number,
  ): RollupAnswer[] {
    const all = [...archive, ...this.#gains()];
    const gains = videoKey === null ? all : all.filter((gain) => gain.videoKey === videoKey);
    const keys = [...new Set(gains.map(keyOf))].filter((key) => key >= from && key <= to);
    return keys
      .toSorted((a, b) => a - b)
      .map((key) => {
        const { sessions, counters, ...ratios } = sum(gains.filter((gain) => keyOf(gain) === key));
        const { linesSeen, wordsSeen, tokensSeen, cardsMined } = counters;
        const { cardsPerHour, wordsPerMin, lookupHitRate } = ratios;
        const activeMin = counters.activeWatchedMs / 60_000;
        return {
          ...{ key, videoKey, sessions, activeMin, linesSeen, wordsSeen, tokensSeen, cardsMined },
          ...{ cardsPerHour, wordsPerMin, lookupHitRate, isImported: false },
        };
      });
  }

  #session(session: ModelSession): SessionAnswer {
    const { uuid, videoKey, startedAtMs, status, droppedCount, samplesCount, reported } = session;
    const { locale, targetLanguage, difficultyTier, subtitleMode } = session;
    const highest = [...reported.values()].reduce(larger, []);
    const ends: Readonly<Record<number, number>> = {
      [ENDED]: Math.max(session.endReportedMs, startedAtMs),
      [ABANDONED]: session.abandonedAtMs,
    };
    return {
      ...{ sessionUuid: uuid, videoKey, startedAtMs, endedAtMs: ends[status] ?? null, status },
      ...{ locale, targetLanguage, difficultyTier, subtitleMode },
      totals: figuresOf(0, highest),
      lastSampleMs: reported.size === 0 ? null : Math.max(...reported.keys()),
      samplesCount,
      droppedCount,
      isComplete: droppedCount === 0 && !this.#isAwaited(uuid),
    };
  }

  #isAwaited(uuid: string): boolean {
    return this.state.waiting.some((command) => 'sessionUuid' in command && command.sessionUuid === uuid);
  }
}
