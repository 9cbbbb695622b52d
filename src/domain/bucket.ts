import { badInput } from './errors.js';
import {
  DAY_MS,
  firstDayOfMonth,
  HOUR_MS,
  mondayOf,
  monthOf,
  nextMonth,
  sliceOf,
  SLICE_MS,
  type EpochDay,
  type SliceRange,
} from './time.js';
import type { Zone } from './zone.js';

export const TREND_BUCKETS = ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TrendBucket = (typeof TREND_BUCKETS)[number];

/** A year of hours fits; a request for more is an error, not a long answer. */
export const MAX_BUCKETS = 10_000;

/** One bucket of a chart: its civil bounds, and the slices of the asked range that lie in it. */
export interface Bucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly slices: SliceRange;
}

/**
 * The civil buckets that a run of slices touches, in order and without gaps. The slices of the first and the last
 * are clipped to the range, so the buckets always add up to the range. An hour ends early where the zone changes its
 * offset: the hour repeated in autumn is two buckets, and Lord Howe's half hour is one of its own.
 * Throws BAD_USER_INPUT above MAX_BUCKETS.
 */
export function toBuckets(range: SliceRange, bucket: TrendBucket, zone: Zone): Bucket[] {
  if ((range.to - range.from) * SLICE_MS > MAX_BUCKETS * widestMs(bucket)) throw tooMany();
  const buckets: Bucket[] = [];
  const endMs = range.to * SLICE_MS;
  let cursorMs = range.from * SLICE_MS;
  while (cursorMs < endMs) {
    const bounds = boundsAt(cursorMs, bucket, zone);
    buckets.push({ ...bounds, slices: clip(range, bounds.startMs, bounds.endMs) });
    if (buckets.length > MAX_BUCKETS) throw tooMany();
    cursorMs = bounds.endMs;
  }
  return buckets;
}

/** The slices whose start lies in a civil day. */
export function daySlices(day: EpochDay, zone: Zone): SliceRange {
  return { from: ceilSlice(zone.dayStartMs(day)), to: ceilSlice(zone.dayStartMs(day + 1)) };
}

/** The slices whose start lies in a civil month (yyyymm). */
export function monthSlices(month: number, zone: Zone): SliceRange {
  return {
    from: ceilSlice(zone.dayStartMs(firstDayOfMonth(month))),
    to: ceilSlice(zone.dayStartMs(firstDayOfMonth(nextMonth(month)))),
  };
}

function boundsAt(atMs: number, bucket: TrendBucket, zone: Zone): { startMs: number; endMs: number } {
  switch (bucket) {
    case 'HOUR':
      return hourAt(atMs, zone);
    case 'DAY': {
      const day = dayAt(atMs, zone);
      return { startMs: zone.dayStartMs(day), endMs: zone.dayStartMs(day + 1) };
    }
    case 'WEEK': {
      const monday = mondayOf(dayAt(atMs, zone));
      return { startMs: zone.dayStartMs(monday), endMs: zone.dayStartMs(monday + 7) };
    }
    case 'MONTH': {
      const month = monthOf(dayAt(atMs, zone));
      return {
        startMs: zone.dayStartMs(firstDayOfMonth(month)),
        endMs: zone.dayStartMs(firstDayOfMonth(nextMonth(month))),
      };
    }
    default:
      return bucket satisfies never;
  }
}

/** The day whose bounds hold an instant; it differs from the clock's date only where a zone falls back over midnight. */
export function dayAt(atMs: number, zone: Zone): EpochDay {
  const day = zone.dayOf(atMs);
  return atMs < zone.dayStartMs(day) ? day - 1 : day;
}

function hourAt(atMs: number, zone: Zone): { startMs: number; endMs: number } {
  const offset = zone.offsetMs(atMs);
  const local = atMs + offset;
  const hourStartMs = local - (((local % HOUR_MS) + HOUR_MS) % HOUR_MS) - offset;
  const hourEndMs = hourStartMs + HOUR_MS;
  const begins = zone.transitionBetween(hourStartMs, atMs);
  const ends = zone.transitionBetween(atMs, hourEndMs - 1);
  return { startMs: begins ?? hourStartMs, endMs: ends ?? hourEndMs };
}

const clip = (range: SliceRange, startMs: number, endMs: number): SliceRange => ({
  from: Math.max(range.from, ceilSlice(startMs)),
  to: Math.min(range.to, ceilSlice(endMs)),
});

/** Old local mean times are not multiples of 15 minutes; a slice belongs to where it starts. */
const ceilSlice = (epochMs: number): number => {
  const slice = sliceOf(epochMs);
  return slice * SLICE_MS === epochMs ? slice : slice + 1;
};

const widestMs = (bucket: TrendBucket): number =>
  ({ HOUR: HOUR_MS, DAY: DAY_MS * 2, WEEK: DAY_MS * 9, MONTH: DAY_MS * 33 })[bucket];

const tooMany = (): Error =>
  badInput(`The range has more than ${MAX_BUCKETS} buckets: ask for a wider bucket`);
