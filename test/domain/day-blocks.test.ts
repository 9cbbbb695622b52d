import { describe, expect, it } from 'vitest';
import {
  BLOCK_LEVELS,
  blocksWith,
  coveringParts,
  disjointParts,
  edgeParts,
  isBlockOver,
  isWholeBlock,
  type BlockGaps,
  type BlockLevel,
  type Part,
} from '../../src/domain/playback/day-blocks.js';
import { RollUpLevel } from '../../src/domain/playback/enums.js';
import { Random } from '../fuzz/random.js';

const { SLICE, DAY, DAYS_16 } = RollUpLevel;
const blockOf = (level: number): BlockLevel | undefined => BLOCK_LEVELS.find((own) => own.level === level);
const sixteen = blockOf(DAYS_16)!;
const CLOSED: BlockGaps = { lastDay: 90_000, openBlocks: new Map() };

const daysOf = ({ level, period }: Part): number[] =>
  Array.from({ length: blockOf(level)?.dayCount ?? 1 }, (_, n) => period + n);
const between = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const sorted = (days: readonly number[]): number[] => days.toSorted((a, b) => a - b);

/** Some blocks of each level are open, and the last day is somewhere. */
function gapsOf(random: Random): BlockGaps {
  const openOf = ({ strideDays }: BlockLevel) =>
    between(19_700, 20_700).filter((day) => day % strideDays === 0 && random.chance(0.3));
  return {
    lastDay: random.int(20_000, 20_700),
    openBlocks: new Map(BLOCK_LEVELS.map((own) => [own.level, new Set(openOf(own))])),
  };
}

/** Of runs and gaps at random: what holds for the parts of each. */
function expectOfEach(
  split: typeof disjointParts,
  check: (parts: readonly Part[], days: readonly number[]) => void,
): void {
  const random = new Random(3);
  for (let n = 0; n < 500; n += 1) {
    const from = random.int(20_000, 20_100);
    const to = from + random.int(1, 500);
    const gaps = gapsOf(random);
    const parts = split({ from, to }, gaps);
    for (const { level, period } of parts) {
      const block = blockOf(level);
      if (block === undefined) continue;
      expect(period % block.strideDays).toBe(0);
      expect(isBlockOver(period, block, gaps.lastDay)).toBe(true);
      expect(gaps.openBlocks.get(level)).not.toContain(period);
    }
    check(parts, between(from, to));
  }
}

describe('parts that may not overlap', () => {
  it('have each day of a run once, whichever blocks are there', () => {
    expectOfEach(disjointParts, (parts, days) => {
      expect(parts.flatMap(daysOf)).toEqual(days);
      for (const { level, period } of parts) {
        const block = blockOf(level);
        if (block !== undefined) expect(isWholeBlock(period, block)).toBe(true);
      }
    });
  });

  it('are two dozen at most for a year, wherever it begins', () => {
    for (let from = 20_000; from < 20_256; from += 1)
      expect(disjointParts({ from, to: from + 366 }, CLOSED).length).toBeLessThanOrEqual(22);
  });
});

describe('parts that may overlap', () => {
  it('have each day of a run and no other, whichever blocks are there', () => {
    expectOfEach(coveringParts, (parts, days) => {
      expect(sorted([...new Set(parts.flatMap(daysOf))])).toEqual(days);
    });
  });

  it('are never more than those that may not', () => {
    const random = new Random(4);
    for (let n = 0; n < 500; n += 1) {
      const from = random.int(20_000, 20_100);
      const run = { from, to: from + random.int(1, 800) };
      const gaps = gapsOf(random);
      expect(coveringParts(run, gaps).length).toBeLessThanOrEqual(disjointParts(run, gaps).length);
    }
  });

  it('are two for a month and four at most for a year where all blocks are over, wherever it begins', () => {
    for (let from = 20_000; from < 20_256; from += 1) {
      expect(coveringParts({ from, to: from + 31 }, CLOSED)).toHaveLength(2);
      expect(coveringParts({ from, to: from + 366 }, CLOSED).length).toBeLessThanOrEqual(4);
    }
  });
});

describe('parts of the last days, whose blocks are not over', () => {
  it.each([
    [7, 7],
    [30, 4],
    [90, 6],
    [365, 6],
  ])('of %i days are %i at most', (dayCount, max) => {
    const counts = between(20_000, 20_256).map((from) => {
      const gaps = { lastDay: from + dayCount - 1, openBlocks: new Map() };
      return coveringParts({ from, to: from + dayCount }, gaps).length;
    });
    expect(Math.max(...counts)).toBe(max);
  });
});

describe('a block', () => {
  it('is not read before it has been over for a day', () => {
    const run = { from: 16, to: 32 };
    const partsAt = (lastDay: number) => coveringParts(run, { lastDay, openBlocks: new Map() });
    expect(partsAt(33)).toEqual([{ level: DAYS_16, period: 16 }]);
    expect(partsAt(32).length).toBeGreaterThan(1);
    expect([32, 33].map((lastDay) => isBlockOver(16, sixteen, lastDay))).toEqual([false, true]);
  });

  it('is out of date with each of its days', () => {
    for (const own of BLOCK_LEVELS) {
      const day = 20_123;
      const expected = between(day - own.dayCount + 1, day + 1).filter(
        (first) => first % own.strideDays === 0,
      );
      expect(sorted(blocksWith(day, own))).toEqual(expected);
    }
  });
});

describe('the parts of an edge', () => {
  it.each([
    [0, 20],
    [30, 78],
    [23, 96],
    [0, 64],
    [10, 90],
  ])('add up to slices %i to %i of its day, and are half of them at most', (from, to) => {
    const parts = edgeParts({ day: 20_000, from, to });
    const counts = new Map<number, number>();
    for (const { level, period, sign } of parts)
      for (const slice of level === DAY ? between(period * 96, period * 96 + 96) : [period])
        counts.set(slice, (counts.get(slice) ?? 0) + sign);
    const counted = [...counts].filter(([, count]) => count !== 0);
    expect(counted.map(([slice]) => slice).toSorted((a, b) => a - b)).toEqual(
      between(20_000 * 96 + from, 20_000 * 96 + to),
    );
    expect(counted.every(([, count]) => count === 1)).toBe(true);
    expect(parts.filter(({ level }) => level === SLICE).length).toBeLessThanOrEqual(48);
  });
});
