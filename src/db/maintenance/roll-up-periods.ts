import { daySlices, dayAt, monthSlices } from '../../domain/bucket.js';
import { monthOf, SLICE_MS, type SliceRange } from '../../domain/time.js';
import type { Zone } from '../../domain/zone.js';
import type { PeriodTable } from './roll-up-sql.js';

export type Cell = readonly [videoId: number, slice: number];

/** How a civil period is found from a slice, and its slices from its key. */
interface Period {
  readonly keyOf: (slice: number, zone: Zone) => number;
  readonly slicesOf: (key: number, zone: Zone) => SliceRange;
}

const PERIODS: Record<PeriodTable, Period> = {
  imm_daily_rollups: {
    keyOf: (slice, zone) => dayAt(slice * SLICE_MS, zone),
    slicesOf: daySlices,
  },
  imm_monthly_rollups: {
    keyOf: (slice, zone) => monthOf(dayAt(slice * SLICE_MS, zone)),
    slicesOf: monthSlices,
  },
};

/** [key, video, firstSlice, endSlice] of the civil periods the cells lie in. Periods that reach below the watermark stay. */
export function periodsOf(
  table: PeriodTable,
  cells: readonly Cell[],
  watermark: number,
  zone: Zone,
): (readonly number[])[] {
  const { keyOf, slicesOf } = PERIODS[table];
  const found = new Map<string, readonly number[]>();
  const keys = new Map<number, number>();
  for (const [videoId, slice] of cells) {
    const key = keys.get(slice) ?? keyOf(slice, zone);
    keys.set(slice, key);
    const name = `${key} ${videoId}`;
    if (found.has(name)) continue;
    const { from, to } = slicesOf(key, zone);
    if (from >= watermark) found.set(name, [key, videoId, from, to]);
  }
  return [...found.values()];
}

/** The first period that lies above the watermark as a whole. */
export function firstWholePeriods(watermark: number, zone: Zone): readonly [day: number, month: number] {
  if (watermark === 0) return [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  const day = dayAt(watermark * SLICE_MS, zone);
  const month = monthOf(day);
  return [
    daySlices(day, zone).from >= watermark ? day : day + 1,
    monthSlices(month, zone).from >= watermark ? month : monthOf(day + 31),
  ];
}
