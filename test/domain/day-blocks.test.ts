import { describe, expect, it } from 'vitest';
import { BLOCK_LEVELS, isBlockOver, partKeysOf } from '../../src/domain/playback/day-blocks.js';
import { RollUpLevel } from '../../src/domain/playback/enums.js';
import { Random } from '../fuzz/random.js';

const { DAY, MONTH, FOUR_DAYS, SIXTEEN_DAYS } = RollUpLevel;
const dayCountOf = (level: number): number => BLOCK_LEVELS.find((own) => own.level === level)?.dayCount ?? 1;

const daysOf = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);

describe('the parts that a run of days is read from', () => {
  it('have each day once, whichever blocks are there', () => {
    const random = new Random(3);
    for (let n = 0; n < 500; n += 1) {
      const from = random.int(20_000, 20_040);
      const to = from + random.int(1, 70);
      const keys = [...partKeysOf({ level: DAY, from, to }, random.int(20_000, 20_120))];
      const days = keys.flatMap(({ level, period, days: own }) => {
        if (own !== null && random.chance(0.5)) return daysOf(own.first, own.count);
        const count = dayCountOf(level);
        return daysOf(period * count, count);
      });
      expect(days.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: to - from }, (_, day) => from + day),
      );
    }
  });

  it('are a dozen at most for a month', () => {
    for (let from = 20_000; from < 20_016; from += 1) {
      for (let to = from + 1; to <= from + 31; to += 1) {
        const keys = [...partKeysOf({ level: DAY, from, to }, 30_000)];
        expect(keys.length).toBeLessThanOrEqual(12);
      }
    }
  });

  it('are no blocks that are not over for a day, and none of months', () => {
    const levels = (today: number) =>
      new Set([...partKeysOf({ level: DAY, from: 16, to: 32 }, today)].map(({ level }) => level));
    expect(levels(33)).toEqual(new Set([SIXTEEN_DAYS]));
    expect(levels(32)).toEqual(new Set([FOUR_DAYS, DAY]));
    expect(levels(20)).toEqual(new Set([DAY]));
    const [sixteen] = BLOCK_LEVELS;
    expect([32, 33].map((today) => isBlockOver(1, sixteen!, today))).toEqual([false, true]);
    expect([...partKeysOf({ level: MONTH, from: 4, to: 6 }, 30_000)]).toEqual([
      { level: MONTH, period: 4, days: null },
      { level: MONTH, period: 5, days: null },
    ]);
  });
});
