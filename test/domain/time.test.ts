import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstDayOfMonth,
  formatDay,
  mondayOf,
  monthOf,
  nextMonth,
  parseDay,
  previousRange,
  sliceOf,
  toSliceRange,
  toTimeRange,
  weekdayOf,
} from '../../src/domain/time.js';

const anyDay = fc.integer({ min: -25_000, max: 60_000 });

describe('slices', () => {
  it('are quarters of an hour, half-open, also before 1970', () => {
    expect([0, 899_999, 900_000, -1, -900_000, -900_001].map(sliceOf)).toEqual([0, 0, 1, -1, -1, -2]);
  });

  it('align a range outward, and leave an aligned one as it is', () => {
    expect(toSliceRange({ fromMs: 900_001, toMs: 1_800_001 })).toEqual({ from: 1, to: 3 });
    expect(toSliceRange({ fromMs: 900_000, toMs: 1_800_000 })).toEqual({ from: 1, to: 2 });
    expect(toTimeRange({ from: 1, to: 3 })).toEqual({ fromMs: 900_000, toMs: 2_700_000 });
  });

  it('have a previous range of equal length that ends where this one begins', () => {
    expect(previousRange({ from: 100, to: 130 })).toEqual({ from: 70, to: 100 });
  });
});

describe('civil days', () => {
  it.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['2026-11-21', 20_778],
  ])('%s is day %i, and back', (text, day) => {
    expect(parseDay(text)).toBe(day);
    expect(formatDay(day)).toBe(text);
  });

  it.each([
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '26-01-01',
    '2026-11-21T00:00',
    ' 2026-11-21',
    '2026/11/21',
    '',
    '２０２６-11-21',
  ])('%j is not a day of the calendar', (text) => {
    expect(parseDay(text)).toBeNull();
  });

  it('survive printing and parsing, every one', () => {
    fc.assert(fc.property(anyDay, (day) => parseDay(formatDay(day)) === day));
  });
});

describe('weeks', () => {
  it('know that 1970-01-01 was a Thursday and 2026-11-21 is a Saturday', () => {
    expect(weekdayOf(0)).toBe(4);
    expect(weekdayOf(parseDay('2026-11-21')!)).toBe(6);
    expect(formatDay(mondayOf(parseDay('2026-11-21')!))).toBe('2026-11-16');
    expect(weekdayOf(parseDay('1969-12-28')!)).toBe(7);
  });

  it('agree with Date about every weekday', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const sundayIsZero = new Date(day * 86_400_000).getUTCDay();
        expect(weekdayOf(day)).toBe(sundayIsZero === 0 ? 7 : sundayIsZero);
        expect(day - mondayOf(day)).toBe(weekdayOf(day) - 1);
      }),
    );
  });
});

describe('months', () => {
  it('are yyyymm, and roll over the year', () => {
    expect(monthOf(parseDay('2026-11-30')!)).toBe(202_611);
    expect(formatDay(firstDayOfMonth(202_602))).toBe('2026-02-01');
    expect(nextMonth(202_612)).toBe(202_701);
    expect(nextMonth(202_602)).toBe(202_603);
  });

  it('begin on a first and follow one another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1970, max: 2200 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
        const key = year * 100 + month;
        expect(formatDay(firstDayOfMonth(key)).endsWith('-01')).toBe(true);
        expect(monthOf(firstDayOfMonth(key))).toBe(key);
        expect(monthOf(firstDayOfMonth(nextMonth(key)) - 1)).toBe(key);
      }),
    );
  });
});
