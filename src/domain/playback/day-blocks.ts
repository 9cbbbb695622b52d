import { RollUpLevel } from './enums.js';
import type { PeriodRun } from './periods.js';

const { DAY, FOUR_DAYS, SIXTEEN_DAYS } = RollUpLevel;

/** A level of days that are united ahead: block n holds the days from n times as many. */
export interface BlockLevel {
  readonly level: typeof FOUR_DAYS | typeof SIXTEEN_DAYS;
  readonly dayCount: number;
}

/** The widest first. With them no run of days shorter than a month has more than a dozen parts. */
export const BLOCK_LEVELS: readonly BlockLevel[] = [
  { level: SIXTEEN_DAYS, dayCount: 16 },
  { level: FOUR_DAYS, dayCount: 4 },
];

/** Made when it has been over for a day: until then playbacks that began in it go on. `today` is the last day known. */
export const isBlockOver = (block: number, { dayCount }: BlockLevel, today: number): boolean =>
  (block + 1) * dayCount < today;

/** What is read of a run. */
export interface PartKey {
  readonly level: RollUpLevel;
  readonly period: number;
  /** Of a block the days that are read in its place where it is not there. */
  readonly days: { readonly first: number; readonly count: number } | null;
}

/** What a run of days, or of other periods, is read from: each period, and of days the blocks that are over. */
export function* partKeysOf({ level, from, to }: PeriodRun, today: number): Generator<PartKey> {
  for (let period = from; period < to;) {
    const wide = level === DAY ? widestBlock(period, to, today) : undefined;
    if (wide === undefined) {
      yield { level, period, days: null };
      period += 1;
      continue;
    }
    const { dayCount } = wide;
    yield { level: wide.level, period: period / dayCount, days: { first: period, count: dayCount } };
    period += dayCount;
  }
}

const widestBlock = (day: number, to: number, today: number): BlockLevel | undefined =>
  BLOCK_LEVELS.find(
    (own) =>
      day % own.dayCount === 0 && day + own.dayCount <= to && isBlockOver(day / own.dayCount, own, today),
  );
