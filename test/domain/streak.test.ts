import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeStreak, streakOf } from '../../src/domain/immersion/statistics.js';
import { parseDay } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { fakeImmersionStore } from './fake-immersion-store.js';

const UTC = zoneOf('UTC');
const MINUTE = 60_000;

describe('streakOf', () => {
  it.each([
    ['no day at all', [], 100, { currentDays: 0, longestDays: 0, activeDays: 0, lastActiveDay: null }],
    ['only today', [100], 100, { currentDays: 1, longestDays: 1, activeDays: 1, lastActiveDay: 100 }],
    [
      'today still empty',
      [98, 99],
      100,
      { currentDays: 2, longestDays: 2, activeDays: 2, lastActiveDay: 99 },
    ],
    ['broken yesterday', [97, 98], 100, { currentDays: 0, longestDays: 2, activeDays: 2, lastActiveDay: 98 }],
    [
      'a longer one long ago',
      [10, 11, 12, 99, 100],
      100,
      { currentDays: 2, longestDays: 3, activeDays: 5, lastActiveDay: 100 },
    ],
    [
      'days unsorted and twice',
      [100, 98, 99, 98],
      100,
      { currentDays: 3, longestDays: 3, activeDays: 3, lastActiveDay: 100 },
    ],
    [
      'a day in the future',
      [100, 101],
      100,
      { currentDays: 1, longestDays: 1, activeDays: 1, lastActiveDay: 100 },
    ],
    ['days before 1970', [-2, -1, 0], 0, { currentDays: 3, longestDays: 3, activeDays: 3, lastActiveDay: 0 }],
  ])('with %s', (_what, days, today, streak) => {
    expect(streakOf(days, today)).toEqual(streak);
  });

  it('agrees with walking the calendar day by day', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (calendar) => {
        const today = calendar.length - 1;
        let longest = 0;
        for (let from = 0; from < calendar.length; from += 1) {
          let to = from;
          while (calendar[to] === true) to += 1;
          longest = Math.max(longest, to - from);
        }
        const end = calendar[today] === true ? today : today - 1;
        let current = 0;
        while (calendar[end - current] === true) current += 1;
        const found = streakOf(
          calendar.flatMap((isActive, day) => (isActive ? [day] : [])),
          today,
        );
        expect(found).toMatchObject({ currentDays: current, longestDays: longest });
      }),
    );
  });
});

describe('computeStreak', () => {
  const watch = (at: string) => ({ at, activeWatchedMs: MINUTE });

  it('counts days of the asked zone, not of UTC', async () => {
    // 23:30 and 00:30 UTC: two days in UTC, one in Tokyo.
    const store = fakeImmersionStore([watch('2026-11-20T23:30:00Z'), watch('2026-11-21T00:30:00Z')]);
    const now = Date.parse('2026-11-21T12:00:00Z');
    expect(await computeStreak(store, now, UTC)).toMatchObject({ currentDays: 2, activeDays: 2 });
    expect(await computeStreak(store, now, zoneOf('Asia/Tokyo'))).toMatchObject({
      currentDays: 1,
      activeDays: 1,
    });
  });

  it('goes over a day of 23 hours without a break', async () => {
    const store = fakeImmersionStore(['07', '08', '09'].map((day) => watch(`2026-03-${day}T16:00:00Z`)));
    const now = Date.parse('2026-03-09T20:00:00Z');
    expect(await computeStreak(store, now, zoneOf('America/New_York'))).toMatchObject({
      currentDays: 3,
      longestDays: 3,
    });
  });

  it('does not count a day on which a session started but nothing was watched', async () => {
    const store = fakeImmersionStore([
      watch('2026-11-19T10:00:00Z'),
      { at: '2026-11-20T10:00:00Z', sessions: 1 },
    ]);
    expect(await computeStreak(store, Date.parse('2026-11-20T23:00:00Z'), UTC)).toEqual({
      currentDays: 1,
      longestDays: 1,
      activeDays: 1,
      lastActiveDay: parseDay('2026-11-19'),
    });
  });

  it('is empty in an empty database', async () => {
    expect(await computeStreak(fakeImmersionStore([]), 0, UTC)).toMatchObject({
      currentDays: 0,
      lastActiveDay: null,
    });
  });
});

describe('a clock far in the future', () => {
  it('is told that the history is out of reach, not answered after minutes', async () => {
    const store = fakeImmersionStore([{ at: '1970-01-02T00:00:00Z', activeWatchedMs: 1 }]);
    await expect(computeStreak(store, Date.parse('2071-01-01T00:00:00Z'), UTC)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
