import { daySlices, dayAt, toBuckets, type Bucket, type TrendBucket } from '../bucket.js';
import { badInput } from '../errors.js';
import {
  formatDay,
  HOUR_MS,
  previousRange,
  SLICE_MS,
  toSliceRange,
  weekdayOf,
  type EpochDay,
  type SliceRange,
  type TimeRange,
} from '../time.js';
import type { Zone } from '../zone.js';
import { COUNTER_KEYS, toCounters, type Counters, type Metric } from './counters.js';
import type { ImmersionStore } from './store.js';
import type { RangeTotals } from './types.js';

/** Civil days of one answer: ten years. */
export const MAX_DAYS = 3_660;

export interface CoveredTotals extends RangeTotals {
  readonly covered: SliceRange;
}

export interface TrendPoint extends RangeTotals {
  readonly bucket: Bucket;
}

/** What was gained in a range of slices and in the one of equal length before it, in one question to the store. */
export async function summarizeOverview(
  store: ImmersionStore,
  covered: SliceRange,
): Promise<{ totals: CoveredTotals; previous: CoveredTotals }> {
  const before = previousRange(covered);
  const [totals, previous] = await store.summarizeSlices([covered, before], null);
  return {
    totals: { ...(totals ?? NOTHING), covered },
    previous: { ...(previous ?? NOTHING), covered: before },
  };
}

/** Parses a half-open range. Throws BAD_USER_INPUT when it is empty or turned around. */
export function parseRange(range: TimeRange): SliceRange {
  if (range.toMs <= range.fromMs) throw badInput('A range must end after it begins');
  if (range.fromMs < 0) throw badInput('A range cannot begin before 1970');
  return toSliceRange(range);
}

export function parseDays(fromDay: EpochDay, toDay: EpochDay): { from: EpochDay; to: EpochDay } {
  if (toDay < fromDay) throw badInput('A range of days must not end before it begins');
  if (toDay - fromDay >= MAX_DAYS) throw badInput(`A range has at most ${MAX_DAYS} days`);
  return { from: fromDay, to: toDay };
}

/** One point per civil bucket, zero-filled; together they are exactly the range. */
export async function listTrend(
  store: ImmersionStore,
  range: SliceRange,
  bucket: TrendBucket,
  zone: Zone,
  videoIds: readonly number[] | null,
): Promise<TrendPoint[]> {
  const buckets = toBuckets(range, bucket, zone);
  const sums = await store.summarizeSlices(
    buckets.map(({ slices }) => slices),
    videoIds,
  );
  return buckets.map((b, index) => ({ ...(sums[index] ?? NOTHING), bucket: b }));
}

/** Mean of a metric over the last `size` points up to `index`; fewer at the beginning of the answer. */
export function movingAverage(
  points: readonly RangeTotals[],
  index: number,
  metric: Metric,
  size: number,
): number {
  const window = points.slice(Math.max(0, index - size + 1), index + 1);
  return window.reduce((sum, point) => sum + valueOf(point, metric), 0) / Math.max(1, window.length);
}

export const valueOf = (totals: RangeTotals, metric: Metric): number =>
  metric === 'sessions' ? totals.sessionsCount : totals.counters[metric];

export interface Streak {
  readonly currentDays: number;
  readonly longestDays: number;
  readonly activeDays: number;
  readonly lastActiveDay: EpochDay | null;
}

/** A day is active when active watching time was gained on it. Today may still be empty without breaking the streak. */
export async function computeStreak(store: ImmersionStore, nowMs: number, zone: Zone): Promise<Streak> {
  const first = await store.getFirstSlice();
  const today = dayAt(nowMs, zone);
  if (first === null) return { currentDays: 0, longestDays: 0, activeDays: 0, lastActiveDay: null };
  const days = daysBetween(Math.min(dayAt(first * SLICE_MS, zone), today), today);
  const active = await store.listActiveRuns(
    days.map((day) => ({ index: day, slices: daySlices(day, zone) })),
  );
  return streakOf(active, today);
}

/** Runs of consecutive days; the current one ends today or yesterday. */
export function streakOf(activeDays: readonly EpochDay[], today: EpochDay): Streak {
  const days = [...new Set(activeDays)].filter((day) => day <= today).toSorted((a, b) => a - b);
  let longestDays = 0;
  let run = 0;
  let previous: EpochDay | null = null;
  for (const day of days) {
    run = previous !== null && day === previous + 1 ? run + 1 : 1;
    longestDays = Math.max(longestDays, run);
    previous = day;
  }
  const isCurrent = previous !== null && previous >= today - 1;
  return { currentDays: isCurrent ? run : 0, longestDays, activeDays: days.length, lastActiveDay: previous };
}

export interface CalendarDay extends RangeTotals {
  readonly day: EpochDay;
}

export async function listCalendar(
  store: ImmersionStore,
  from: EpochDay,
  to: EpochDay,
  zone: Zone,
): Promise<CalendarDay[]> {
  const days = daysBetween(from, to);
  const sums = await store.summarizeSlices(
    days.map((day) => daySlices(day, zone)),
    null,
  );
  return days.map((day, index) => ({ ...(sums[index] ?? NOTHING), day }));
}

export interface PatternCell extends RangeTotals {
  /** ISO weekday, 1 = Monday. */
  readonly weekday: number;
  /** Local hour, 0 to 23. */
  readonly hour: number;
}

/** All 168 cells of the week, zero-filled. Hours that a zone repeats or shortens count in the cell of their local hour. */
export async function listPattern(
  store: ImmersionStore,
  range: SliceRange,
  zone: Zone,
): Promise<PatternCell[]> {
  const buckets = toBuckets(range, 'HOUR', zone);
  const sums = await store.summarizeSlices(
    buckets.map(({ slices }) => slices),
    null,
  );
  const cells = Array.from({ length: 168 }, (_, i) => ({
    sessions: 0,
    counters: COUNTER_KEYS.map(() => 0),
    i,
  }));
  buckets.forEach(({ startMs }, index) => {
    const local = startMs + zone.offsetMs(startMs);
    const hour = Math.floor(local / HOUR_MS);
    const cell = cells[(weekdayOf(Math.floor(hour / 24)) - 1) * 24 + (((hour % 24) + 24) % 24)];
    const sum = sums[index];
    if (cell === undefined || sum === undefined) return;
    cell.sessions += sum.sessionsCount;
    COUNTER_KEYS.forEach((key, k) => (cell.counters[k] = (cell.counters[k] ?? 0) + sum.counters[key]));
  });
  return cells.map(({ sessions, counters, i }) => ({
    weekday: Math.floor(i / 24) + 1,
    hour: i % 24,
    sessionsCount: sessions,
    counters: toCounters(counters),
  }));
}

function daysBetween(from: EpochDay, to: EpochDay): EpochDay[] {
  if (to - from > 36_600) throw badInput(`History before ${formatDay(to - 36_600)} is out of reach`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const NO_COUNTERS: Counters = toCounters([]);
const NOTHING: RangeTotals = { sessionsCount: 0, counters: NO_COUNTERS };
