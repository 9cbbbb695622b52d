import { describe, expect, it } from 'vitest';
import { toCounters } from '../../src/domain/immersion/counters.js';
import {
  listCalendar,
  listPattern,
  listTrend,
  MAX_DAYS,
  movingAverage,
  parseDays,
  parseRange,
  summarizeOverview,
} from '../../src/domain/immersion/statistics.js';
import type { RangeTotals } from '../../src/domain/immersion/types.js';
import { parseDay, toSliceRange, type SliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { fakeImmersionStore } from './fake-immersion-store.js';

const range = (from: string, to: string): SliceRange =>
  toSliceRange({ fromMs: Date.parse(from), toMs: Date.parse(to) });
const UTC = zoneOf('UTC');

describe('ranges', () => {
  it('are aligned outward', () => {
    expect(parseRange({ fromMs: 1, toMs: 900_001 })).toEqual({ from: 0, to: 2 });
  });

  it.each([
    [5, 5, 'must end after it begins'],
    [10, 5, 'must end after it begins'],
    [-1, 5, 'before 1970'],
  ])('from %i to %i are refused', (fromMs, toMs, message) => {
    expect(() => parseRange({ fromMs, toMs })).toThrow(message);
  });

  it(`of days hold both ends and at most ${MAX_DAYS} days`, () => {
    expect(parseDays(7, 7)).toEqual({ from: 7, to: 7 });
    expect(parseDays(0, MAX_DAYS - 1)).toEqual({ from: 0, to: 3_659 });
    expect(() => parseDays(0, MAX_DAYS)).toThrow('at most 3660 days');
    expect(() => parseDays(8, 7)).toThrow('must not end before it begins');
  });
});

describe('movingAverage', () => {
  const points = [2, 4, 9, 1].map((linesSeen, i): RangeTotals => ({
    sessionsCount: i,
    counters: { ...toCounters([]), linesSeen },
  }));

  it('takes the last points up to its own, and fewer at the beginning', () => {
    expect([0, 1, 2, 3].map((i) => movingAverage(points, i, 'linesSeen', 2))).toEqual([2, 3, 6.5, 5]);
    expect([0, 3].map((i) => movingAverage(points, i, 'linesSeen', 7))).toEqual([2, 4]);
    expect(movingAverage(points, 3, 'sessions', 3)).toBe(2);
  });
});

describe('trends, calendar and totals', () => {
  const store = fakeImmersionStore([
    { at: '2026-11-20T22:10:00Z', sessions: 1, linesSeen: 5 },
    { at: '2026-11-21T00:10:00Z', linesSeen: 7 },
    { at: '2026-11-23T10:00:00Z', sessions: 1, linesSeen: 1 },
  ]);

  it('fill the days without data with zeros', async () => {
    const trend = await listTrend(
      store,
      range('2026-11-20T00:00:00Z', '2026-11-24T00:00:00Z'),
      'DAY',
      UTC,
      null,
    );
    expect(trend.map((p) => [p.sessionsCount, p.counters.linesSeen])).toEqual([
      [1, 5],
      [0, 7],
      [0, 0],
      [1, 1],
    ]);
  });

  it('put a session over midnight on the day of the zone', async () => {
    const calendar = await listCalendar(
      store,
      parseDay('2026-11-20')!,
      parseDay('2026-11-22')!,
      zoneOf('Asia/Tokyo'),
    );
    expect(calendar.map((d) => [d.day - parseDay('2026-11-20')!, d.counters.linesSeen])).toEqual([
      [0, 0],
      [1, 12],
      [2, 0],
    ]);
  });

  it('say which range they cover, and stand beside the range of equal length before', async () => {
    const covered = parseRange({
      fromMs: Date.parse('2026-11-20T23:01:00Z'),
      toMs: Date.parse('2026-11-21T00:11:00Z'),
    });
    const { totals, previous } = await summarizeOverview(store, covered);
    expect([totals.counters.linesSeen, previous.counters.linesSeen]).toEqual([7, 5]);
    expect([totals.sessionsCount, previous.sessionsCount]).toEqual([0, 1]);
    expect(totals.covered).toEqual(range('2026-11-20T23:00:00Z', '2026-11-21T00:15:00Z'));
    expect(previous.covered).toEqual(range('2026-11-20T21:45:00Z', '2026-11-20T23:00:00Z'));
  });
});

describe('the weekly pattern', () => {
  it('has 168 cells in order, and puts each hour into its local cell', async () => {
    // Friday 22:10 UTC is Saturday 07:10 in Tokyo.
    const store = fakeImmersionStore([{ at: '2026-11-20T22:10:00Z', sessions: 1, linesSeen: 5 }]);
    const cells = await listPattern(
      store,
      range('2026-11-16T00:00:00Z', '2026-11-30T00:00:00Z'),
      zoneOf('Asia/Tokyo'),
    );
    expect(cells.map((cell) => (cell.weekday - 1) * 24 + cell.hour)).toEqual([...Array(168).keys()]);
    const filled = cells.filter((cell) => cell.counters.linesSeen > 0);
    expect(filled).toMatchObject([{ weekday: 6, hour: 7, sessionsCount: 1, counters: { linesSeen: 5 } }]);
  });

  it('adds up weeks, and both halves of a repeated hour', async () => {
    // New York, 2026-11-01: 05:30Z and 06:30Z are both 01:30 on the wall; a week later 06:30Z is too.
    const store = fakeImmersionStore(
      ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-08T06:30:00Z'].map((at) => ({
        at,
        linesSeen: 10,
      })),
    );
    const cells = await listPattern(
      store,
      range('2026-11-01T00:00:00Z', '2026-11-15T00:00:00Z'),
      zoneOf('America/New_York'),
    );
    expect(cells.filter((cell) => cell.counters.linesSeen > 0)).toMatchObject([
      { weekday: 7, hour: 1, counters: { linesSeen: 30 } },
    ]);
  });

  it('loses nothing, in any zone', async () => {
    const gains = Array.from({ length: 200 }, (_, i) => ({
      at: new Date(Date.parse('2026-03-01T00:00:00Z') + i * 4_500_000).toISOString(),
      linesSeen: i,
    }));
    for (const name of ['Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Havana', 'Pacific/Kiritimati']) {
      const cells = await listPattern(
        fakeImmersionStore(gains),
        range('2026-03-01T00:00:00Z', '2026-03-15T00:00:00Z'),
        zoneOf(name),
      );
      expect(cells.reduce((sum, cell) => sum + cell.counters.linesSeen, 0)).toBe((199 * 200) / 2);
    }
  });
});
