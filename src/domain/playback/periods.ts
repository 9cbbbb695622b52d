import { DAY_MS, SLICE_MS, type SliceRange } from '../time.js';
import { RollUpLevel } from './enums.js';

export const SLICES_PER_DAY = DAY_MS / SLICE_MS;

/** A run of days or months, half-open. */
export interface PeriodRun {
  readonly level: RollUpLevel;
  readonly from: number;
  readonly to: number;
}

/** Some slices of one day: numbers 0 to 96, half-open. */
export interface DaySlices {
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

/** Days one after the other, half-open. */
export interface DayRun {
  readonly from: number;
  readonly to: number;
}

/** What a range is made of. */
export interface RangeParts {
  /** Its whole days. */
  readonly days: DayRun;
  /** The same days, as whole months where these are there. */
  readonly periods: readonly PeriodRun[];
  readonly edges: readonly DaySlices[];
}

/** What is not there. */
export interface PeriodGaps {
  /** Months whose sums are not made yet: they are read from their days. */
  readonly openMonths: ReadonlySet<number>;
  /** Days before it have no slices any more. */
  readonly firstSlicedDay: number;
}

/** The slice of a day's noon. */
const NOON = SLICES_PER_DAY / 2;

export const dayOfSlice = (slice: number): number => Math.floor(slice / SLICES_PER_DAY);

/** Months since 1970-01 of a UTC day. */
export function monthOfDay(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first UTC day of a month since 1970-01. */
export const firstDayOf = (month: number): number => Date.UTC(1970, month, 1) / DAY_MS;

/**
 * The fewest periods that are exactly the range: whole months, whole days beside them, slices at the edges. A day without
 * slices counts whole where its noon lies: so parts of a longer range still add up to it, and a day of a zone between
 * UTC-12 and UTC+12 is the UTC day of the same date.
 */
export function partsOf(range: SliceRange, { openMonths, firstSlicedDay }: PeriodGaps): RangeParts {
  const bound = firstSlicedDay * SLICES_PER_DAY;
  const firstDay =
    range.from < bound
      ? Math.ceil((range.from - NOON) / SLICES_PER_DAY)
      : Math.ceil(range.from / SLICES_PER_DAY);
  const endDay = range.to < bound ? Math.ceil((range.to - NOON) / SLICES_PER_DAY) : dayOfSlice(range.to);
  const days = { from: firstDay, to: Math.max(firstDay, endDay) };
  return { days, periods: periodsOf(days, openMonths), edges: edgesOf(range, bound) };
}

function periodsOf(days: DayRun, openMonths: ReadonlySet<number>): PeriodRun[] {
  const runs: PeriodRun[] = [];
  const add = (level: RollUpLevel, from: number, to: number): void => {
    const last = runs.at(-1);
    if (last?.level === level && last.to === from) runs[runs.length - 1] = { level, from: last.from, to };
    else runs.push({ level, from, to });
  };
  for (let day = days.from; day < days.to;) {
    const month = monthOfDay(day);
    const next = Math.min(firstDayOf(month + 1), days.to);
    const isWhole = firstDayOf(month) === day && firstDayOf(month + 1) === next;
    if (isWhole && !openMonths.has(month)) add(RollUpLevel.MONTH, month, month + 1);
    else add(RollUpLevel.DAY, day, next);
    day = next;
  }
  return runs;
}

/** The slices of the days that the range begins and ends in, unless it has all of them. */
function edgesOf(range: SliceRange, bound: number): DaySlices[] {
  const edges: DaySlices[] = [];
  const [firstDay, lastDay] = [dayOfSlice(range.from), dayOfSlice(range.to)];
  const from = range.from - firstDay * SLICES_PER_DAY;
  const to = range.to - lastDay * SLICES_PER_DAY;
  if (from > 0 && range.from >= bound) {
    edges.push({ day: firstDay, from, to: firstDay === lastDay ? to : SLICES_PER_DAY });
  }
  const isBegun = from > 0 && firstDay === lastDay;
  if (to > 0 && !isBegun && range.to >= bound) edges.push({ day: lastDay, from: 0, to });
  return edges;
}
