import type { TrendBucket } from '../../src/domain/bucket.js';
import type { Metric } from '../../src/domain/immersion/counters.js';
import type { TimeRange } from '../../src/domain/time.js';
import type { Figures, StreakAnswer, TrendAnswer } from './answers.js';
import { localTimeAt, localTimeOfSlice, SLICE } from './calendar.js';
import { covered, grouped, sum, type Gain } from './gains.js';

export const valueOf = (figures: Figures, metric: Metric): number =>
  metric === 'sessions' ? figures.sessions : figures.counters[metric];

/** Slices of the same name on the wall belong to one bucket; a repeated hour is told apart by its offset. */
function bucketName(slice: number, bucket: TrendBucket, zone: string): string {
  const { day, hour, offsetMin, monday, month } = localTimeOfSlice(zone, slice);
  switch (bucket) {
    case 'HOUR':
      return `${day} ${hour} ${offsetMin}`;
    case 'DAY':
      return String(day);
    case 'WEEK':
      return String(monday);
    case 'MONTH':
      return String(month);
    default:
      return bucket satisfies never;
  }
}

/** What is inside of a range has these slices; the bucket itself may reach over its edges. */
interface CivilBucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly isPartial: boolean;
  readonly slices: readonly number[];
}

/** Every slice of the range is put into its bucket, one after the other. */
export function bucketsOf(range: TimeRange, bucket: TrendBucket, zone: string): CivilBucket[] {
  const { first, end } = covered(range);
  const nameOf = (slice: number): string => bucketName(slice, bucket, zone);
  const buckets: { name: string; slices: number[] }[] = [];
  for (let slice = first; slice < end; slice += 1) {
    const name = nameOf(slice);
    const last = buckets.at(-1);
    if (last?.name === name) last.slices.push(slice);
    else buckets.push({ name, slices: [slice] });
  }
  return buckets.map(({ name, slices }) => {
    let [start = 0] = slices;
    let last = slices.at(-1) ?? 0;
    while (nameOf(start - 1) === name) start -= 1;
    while (nameOf(last + 1) === name) last += 1;
    const isPartial = slices.length < last - start + 1;
    return { startMs: start * SLICE, endMs: (last + 1) * SLICE, isPartial, slices };
  });
}

export function trendOf(
  gains: readonly Gain[],
  range: TimeRange,
  bucket: TrendBucket,
  zone: string,
): TrendAnswer[] {
  const bySlice = grouped(gains, ({ slice }) => slice);
  const buckets = bucketsOf(range, bucket, zone);
  const sums = buckets.map(({ slices }) => sum(slices.flatMap((slice) => bySlice.get(slice) ?? [])));
  const mean = (index: number, metric: Metric, size: number): number => {
    const window = sums.filter((_, i) => i <= index && i > index - size);
    return window.reduce((total, figures) => total + valueOf(figures, metric), 0) / window.length;
  };
  return buckets.map(({ startMs, endMs, isPartial }, index) => ({
    ...{ startMs, endMs, isPartial, figures: sums[index] ?? sum([]) },
    averages: [mean(index, 'wordsSeen', 3), mean(index, 'sessions', 7)],
  }));
}

/** A day is active when active watching time was gained on it. */
export function streakOf(gains: readonly Gain[], nowMs: number, zone: string): StreakAnswer {
  const today = localTimeAt(zone, nowMs).day;
  const byDay = grouped(gains, ({ slice }) => localTimeOfSlice(zone, slice).day);
  const active = new Set(
    [...byDay]
      .filter(([day, ofDay]) => day <= today && sum(ofDay).counters.activeWatchedMs > 0)
      .map(([day]) => day),
  );
  /** Active days in a row that end with this one. */
  const runEndingOn = (day: number): number => (active.has(day) ? 1 + runEndingOn(day - 1) : 0);
  return {
    currentDays: runEndingOn(active.has(today) ? today : today - 1),
    longestDays: Math.max(0, ...[...active].map(runEndingOn)),
    activeDays: active.size,
    lastActiveDay: active.size === 0 ? null : Math.max(...active),
  };
}

export function calendarOf(
  gains: readonly Gain[],
  fromDay: number,
  toDay: number,
  zone: string,
): { day: number; figures: Figures }[] {
  const byDay = grouped(gains, ({ slice }) => localTimeOfSlice(zone, slice).day);
  const days = [];
  for (let day = fromDay; day <= toDay; day += 1) days.push({ day, figures: sum(byDay.get(day) ?? []) });
  return days;
}

export function patternOf(
  gains: readonly Gain[],
  zone: string,
): { weekday: number; hour: number; figures: Figures }[] {
  const cells = [];
  for (let weekday = 1; weekday <= 7; weekday += 1) {
    for (let hour = 0; hour < 24; hour += 1) {
      const own = gains.filter(({ slice }) => {
        const local = localTimeOfSlice(zone, slice);
        return local.weekday === weekday && local.hour === hour;
      });
      cells.push({ weekday, hour, figures: sum(own) });
    }
  }
  return cells;
}
