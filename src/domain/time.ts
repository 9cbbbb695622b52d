/** Width of a slice. Every zone in use is a multiple of 15 minutes from UTC, so a civil day is a run of slices. */
export const SLICE_MS = 900_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The last instant a JavaScript Date can show (ECMA-262, 21.4.1.1). */
export const MAX_EPOCH_MS = 8_640_000_000_000_000;

/** Time is an argument everywhere, so tests own it. */
export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels. A pending call does not keep the process alive. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** A half-open interval of instants `[fromMs, toMs)`, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A half-open run of slices `[from, to)`. */
export interface SliceRange {
  readonly from: number;
  readonly to: number;
}

/** Days since 1970-01-01 of a civil date. */
export type EpochDay = number;

export const sliceOf = (epochMs: number): number => Math.floor(epochMs / SLICE_MS);

/** Aligns a range outward to whole slices: a statistic covers at least what was asked for. */
export const toSliceRange = (range: TimeRange): SliceRange => ({
  from: Math.floor(range.fromMs / SLICE_MS),
  to: Math.ceil(range.toMs / SLICE_MS),
});

export const toTimeRange = (slices: SliceRange): TimeRange => ({
  fromMs: slices.from * SLICE_MS,
  toMs: slices.to * SLICE_MS,
});

/** The range of equal length that ends where this one begins. */
export const previousRange = (slices: SliceRange): SliceRange => ({
  from: slices.from - (slices.to - slices.from),
  to: slices.from,
});

/** `2026-11-21` of an epoch day. */
export const formatDay = (day: EpochDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Epoch day of `yyyy-mm-dd`, or null when it is not a date of the calendar (2026-02-30). */
export function parseDay(text: string): EpochDay | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  if (Number.isNaN(ms)) return null;
  return formatDay(ms / DAY_MS) === text ? ms / DAY_MS : null;
}

/** `202611` of an epoch day: the key of a monthly roll-up. */
export function monthOf(day: EpochDay): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}

/** First epoch day of a month given as yyyymm. */
export const firstDayOfMonth = (month: number): EpochDay =>
  Date.UTC(Math.floor(month / 100), (month % 100) - 1, 1) / DAY_MS;

export const nextMonth = (month: number): number => monthOf(firstDayOfMonth(month) + 31);

/** Monday of the ISO week an epoch day lies in (1970-01-01 was a Thursday). */
export const mondayOf = (day: EpochDay): EpochDay => day - ((((day + 3) % 7) + 7) % 7);

/** ISO weekday, 1 = Monday to 7 = Sunday. */
export const weekdayOf = (day: EpochDay): number => day - mondayOf(day) + 1;
