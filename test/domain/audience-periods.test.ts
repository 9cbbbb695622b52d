import { describe, expect, it } from 'vitest';
import {
  firstDayOf,
  monthOfDay,
  partsOf,
  SLICES_PER_DAY,
  type RangeParts,
} from '../../src/domain/playback/periods.js';
import type { SliceRange } from '../../src/domain/time.js';
import { Random } from '../fuzz/random.js';

/** Parts as runs of slices, in the order of time. */
const slicesOf = ({ periods, edges }: RangeParts): [from: number, to: number][] =>
  [
    ...periods.map(({ level, from, to }): [number, number] => {
      const dayOf = (period: number): number => (level === 1 ? period : firstDayOf(period));
      return [dayOf(from) * SLICES_PER_DAY, dayOf(to) * SLICES_PER_DAY];
    }),
    ...edges.map(({ day, from, to }): [number, number] => [
      day * SLICES_PER_DAY + from,
      day * SLICES_PER_DAY + to,
    ]),
  ].toSorted(([a], [b]) => a - b);

const rangeOf = (random: Random): SliceRange => {
  const from = random.int(1_900_000, 1_990_000);
  return { from, to: from + random.int(1, random.chance(0.5) ? 300 : 40_000) };
};

describe('the parts of a range', () => {
  it('are whole months, whole days and slices, and together exactly the range', () => {
    const random = new Random(3);
    for (let n = 0; n < 400; n += 1) {
      const range = rangeOf(random);
      const month = monthOfDay(Math.floor(range.from / SLICES_PER_DAY));
      const openMonths = new Set(random.chance(0.5) ? [month + random.int(0, 4)] : []);
      const parts = partsOf(range, { openMonths, firstSlicedDay: 0 });
      const runs = slicesOf(parts);
      expect(runs[0]?.[0]).toBe(range.from);
      expect(runs.at(-1)?.[1]).toBe(range.to);
      const dayOf = (slice: number): number => slice / SLICES_PER_DAY;
      const days = { from: Math.ceil(dayOf(range.from)), to: Math.floor(dayOf(range.to)) };
      expect(parts.days).toEqual({ ...days, to: Math.max(days.from, days.to) });
      runs.forEach((run, index) => expect(run[0]).toBe(runs[index - 1]?.[1] ?? range.from));
      for (const { level, from, to } of parts.periods) {
        for (let period = from; level === 2 && period < to; period += 1)
          expect(openMonths).not.toContain(period);
      }
    }
  });

  it('of a year at odd slices are few: months, days of two months, and two days of slices', () => {
    const from = Date.parse('2025-03-10T05:30:00Z') / 900_000;
    const { periods, edges } = partsOf(
      { from, to: from + 365 * SLICES_PER_DAY },
      { openMonths: new Set(), firstSlicedDay: 0 },
    );
    const count = periods.reduce((sum, { from: lo, to: hi }) => sum + hi - lo, 0);
    expect(count).toBeLessThan(11 + 31 + 31);
    expect(edges.map(({ day, from: lo, to: hi }) => [day, lo, hi])).toEqual([
      [Math.floor(from / SLICES_PER_DAY), 22, 96],
      [Math.floor(from / SLICES_PER_DAY) + 365, 0, 22],
    ]);
  });

  it('of days without slices are the days whose noon the range has, so neighbours share none and miss none', () => {
    const random = new Random(4);
    for (let n = 0; n < 200; n += 1) {
      const first = 20_000;
      const firstSlicedDay = first + 20;
      const cuts = Array.from({ length: 6 }, () => random.int(0, 40 * SLICES_PER_DAY)).toSorted(
        (a, b) => a - b,
      );
      const bounds = [0, ...cuts, 40 * SLICES_PER_DAY].map((cut) => first * SLICES_PER_DAY + cut);
      const runs = bounds.slice(1).flatMap((to, index) => {
        const from = bounds[index] ?? 0;
        return from < to ? slicesOf(partsOf({ from, to }, { openMonths: new Set(), firstSlicedDay })) : [];
      });
      // Every slice once, and whole days only where there are no slices.
      expect(runs[0]?.[0]).toBe(first * SLICES_PER_DAY);
      runs.forEach((run, index) => expect(run[0]).toBe(runs[index - 1]?.[1] ?? run[0]));
      expect(runs.at(-1)?.[1]).toBe((first + 40) * SLICES_PER_DAY);
      for (const [from] of runs) {
        if (from < firstSlicedDay * SLICES_PER_DAY) expect(from % SLICES_PER_DAY).toBe(0);
      }
    }
  });

  it('of a date of a zone without slices are the UTC day of the same date', () => {
    const day = 20_000;
    for (const offset of [-40, -20, -1, 0, 1, 22, 40]) {
      const from = day * SLICES_PER_DAY - offset;
      const parts = partsOf(
        { from, to: from + SLICES_PER_DAY },
        { openMonths: new Set(), firstSlicedDay: day + 9 },
      );
      const own = { from: day, to: day + 1 };
      expect(parts).toEqual({ days: own, periods: [{ level: 1, ...own }], edges: [] });
    }
  });
});
