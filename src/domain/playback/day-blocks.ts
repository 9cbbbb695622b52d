import { RollUpLevel } from './enums.js';
import { SLICES_PER_DAY, type DayRun, type DaySlices } from './periods.js';

const { SLICE, DAY, DAYS_4, DAYS_16, DAYS_64, DAYS_256 } = RollUpLevel;

/** A level of days that are united ahead. A block is known by its first day. */
export interface BlockLevel {
  readonly level: RollUpLevel;
  readonly dayCount: number;
  /**
   * Blocks begin at its multiples, counted in days since 1970. Only those that begin at a multiple of their own length hold more
   * than the viewers of all videos together: sets may overlap where they are united, sums may not.
   */
  readonly strideDays: number;
}

/**
 * The widest first. Where all are over, those of all videos together cover any year with four of them and any month with two;
 * without overlaps a year is a dozen or so.
 */
export const BLOCK_LEVELS: readonly BlockLevel[] = [
  { level: DAYS_256, dayCount: 256, strideDays: 16 },
  { level: DAYS_64, dayCount: 64, strideDays: 16 },
  { level: DAYS_16, dayCount: 16, strideDays: 1 },
  { level: DAYS_4, dayCount: 4, strideDays: 4 },
];

/** Where no block is read. */
export interface BlockGaps {
  /** The last day known: a block is made when it has been over for a day, as playbacks that began in it may go on until then. */
  readonly lastDay: number;
  /** By level the first days of blocks that are out of date, or not made yet. */
  readonly openBlocks: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What is read of a run. */
export interface Part {
  readonly level: RollUpLevel;
  readonly period: number;
}

/** A part that is added, or taken from a whole that is added. */
export interface SignedPart extends Part {
  readonly sign: 1 | -1;
}

export const isBlockOver = (firstDay: number, { dayCount }: BlockLevel, lastDay: number): boolean =>
  firstDay + dayCount < lastDay;

/** Whether it holds more than the viewers of all videos together. */
export const isWholeBlock = (firstDay: number, { dayCount }: BlockLevel): boolean =>
  firstDay % dayCount === 0;

/** The first days of the blocks that a day lies in. */
export function blocksWith(day: number, { dayCount, strideDays }: BlockLevel): number[] {
  const firstDays: number[] = [];
  for (let first = floorTo(day, strideDays); first + dayCount > day; first -= strideDays)
    firstDays.push(first);
  return firstDays;
}

/** Blocks and days that have each day of a run once. */
export function disjointParts({ from, to }: DayRun, gaps: BlockGaps, levels = BLOCK_LEVELS): Part[] {
  const parts: Part[] = [];
  for (let day = from; day < to;) {
    const isNext = (own: BlockLevel): boolean =>
      isWholeBlock(day, own) && day + own.dayCount <= to && isThere(day, own, gaps);
    const block = levels.find(isNext);
    parts.push({ level: block?.level ?? DAY, period: day });
    day += block?.dayCount ?? 1;
  }
  return parts;
}

/**
 * The fewest blocks and days that have each day of a run at least once, and no other: after those that are chosen, always the
 * one that reaches furthest.
 */
export function coveringParts({ from, to }: DayRun, gaps: BlockGaps, levels = BLOCK_LEVELS): Part[] {
  const parts: Part[] = [];
  for (let day = from; day < to;) {
    let part: Part = { level: DAY, period: day };
    let endDay = day + 1;
    for (const own of levels) {
      const { level, dayCount, strideDays } = own;
      let first = floorTo(Math.min(day, to - dayCount), strideDays);
      for (; first >= from && first + dayCount > endDay; first -= strideDays) {
        if (!isThere(first, own, gaps)) continue;
        part = { level, period: first };
        endDay = first + dayCount;
      }
    }
    parts.push(part);
    day = endDay;
  }
  return parts;
}

/** Slices of a day that add up to some of it: these, or the day without the others. */
export function edgeParts({ day, from, to }: DaySlices): SignedPart[] {
  const slices = (first: number, end: number, sign: 1 | -1): SignedPart[] =>
    Array.from({ length: end - first }, (_, n) => ({
      level: SLICE,
      period: day * SLICES_PER_DAY + first + n,
      sign,
    }));
  if (2 * (to - from) <= SLICES_PER_DAY) return slices(from, to, 1);
  return [{ level: DAY, period: day, sign: 1 }, ...slices(0, from, -1), ...slices(to, SLICES_PER_DAY, -1)];
}

const isThere = (firstDay: number, own: BlockLevel, { lastDay, openBlocks }: BlockGaps): boolean =>
  isBlockOver(firstDay, own, lastDay) && openBlocks.get(own.level)?.has(firstDay) !== true;

const floorTo = (day: number, stride: number): number => Math.floor(day / stride) * stride;
