import { DAY_MS, SLICE_MS, type SliceRange } from '../time.js';
import { RollUpLevel } from './enums.js';

export const SLICES_PER_DAY = DAY_MS / SLICE_MS;

/** A run of periods of one level, half-open. */
export interface PeriodRun {
  readonly level: RollUpLevel;
  readonly from: number;
  readonly to: number;
}

/** Periods whose sums do not hold what lies below them: they are read from there. */
export interface OpenPeriods {
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
}

export const dayOfSlice = (slice: number): number => Math.floor(slice / SLICES_PER_DAY);

/** Months since 1970-01 of a UTC day. */
export function monthOfDay(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first UTC day of a month since 1970-01. */
export const firstDayOf = (month: number): number => Date.UTC(1970, month, 1) / DAY_MS;

/** The fewest periods that are exactly the range: whole months, whole days beside them, slices at the edges. */
export function periodsOf(range: SliceRange, open: OpenPeriods): PeriodRun[] {
  const runs: PeriodRun[] = [];
  const add = (level: RollUpLevel, from: number, to: number): void => {
    const last = runs.at(-1);
    if (from >= to) return;
    if (last?.level === level && last.to === from) runs[runs.length - 1] = { level, from: last.from, to };
    else runs.push({ level, from, to });
  };
  const addDays = (from: number, to: number): void => {
    for (let day = from; day < to; day += 1) {
      if (open.days.has(day)) add(RollUpLevel.SLICE, day * SLICES_PER_DAY, (day + 1) * SLICES_PER_DAY);
      else add(RollUpLevel.DAY, day, day + 1);
    }
  };
  const firstDay = Math.ceil(range.from / SLICES_PER_DAY);
  const endDay = dayOfSlice(range.to);
  if (firstDay >= endDay) {
    add(RollUpLevel.SLICE, range.from, range.to);
    return runs;
  }
  add(RollUpLevel.SLICE, range.from, firstDay * SLICES_PER_DAY);
  for (let day = firstDay; day < endDay;) {
    const month = monthOfDay(day);
    const next = Math.min(firstDayOf(month + 1), endDay);
    const isWhole = firstDayOf(month) === day && firstDayOf(month + 1) === next;
    if (isWhole && !open.months.has(month)) add(RollUpLevel.MONTH, month, month + 1);
    else addDays(day, next);
    day = next;
  }
  add(RollUpLevel.SLICE, endDay * SLICES_PER_DAY, range.to);
  return runs;
}
