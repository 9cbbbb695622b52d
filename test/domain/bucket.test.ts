import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayAt,
  daySlices,
  MAX_BUCKETS,
  monthSlices,
  toBuckets,
  TREND_BUCKETS,
  type Bucket,
} from '../../src/domain/bucket.js';
import { parseDay, SLICE_MS, toSliceRange, weekdayOf, type SliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { dayByIntl, TEST_ZONES } from './intl-reference.js';

const range = (from: string, to: string): SliceRange =>
  toSliceRange({ fromMs: Date.parse(from), toMs: Date.parse(to) });
const startsOf = (buckets: readonly Bucket[]): string[] =>
  buckets.map(({ startMs }) => new Date(startMs).toISOString());
const minutesOf = (buckets: readonly Bucket[]): number[] =>
  buckets.map((b) => (b.endMs - b.startMs) / 60_000);
const sliceCounts = (buckets: readonly Bucket[]): number[] =>
  buckets.map(({ slices }) => slices.to - slices.from);

describe('buckets add up', () => {
  const somewhere = fc.record({
    zone: fc.constantFrom(...TEST_ZONES),
    bucket: fc.constantFrom(...TREND_BUCKETS),
    from: fc.integer({ min: Date.UTC(1990, 0, 1) / SLICE_MS, max: Date.UTC(2038, 0, 1) / SLICE_MS }),
    length: fc.integer({ min: 1, max: 4_000 }),
  });

  it('to exactly the range, without gap or overlap, in any zone and width', () => {
    fc.assert(
      fc.property(somewhere, ({ zone, bucket, from, length }) => {
        const buckets = toBuckets({ from, to: from + length }, bucket, zoneOf(zone));
        expect(buckets[0]!.slices.from).toBe(from);
        expect(buckets.at(-1)!.slices.to).toBe(from + length);
        const isEmpty = (b: Bucket): boolean => b.endMs <= b.startMs;
        const isTornOff = (b: Bucket, i: number): boolean =>
          i > 0 && (b.startMs !== buckets[i - 1]!.endMs || b.slices.from !== buckets[i - 1]!.slices.to);
        expect(buckets.filter((b, i) => isEmpty(b) || isTornOff(b, i))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('so that every slice starts inside the bounds of its own bucket', () => {
    fc.assert(
      fc.property(somewhere, ({ zone, bucket, from, length }) => {
        const buckets = toBuckets({ from, to: from + length }, bucket, zoneOf(zone));
        const isForeign = ({ startMs, endMs, slices }: Bucket): boolean =>
          slices.to > slices.from &&
          (slices.from * SLICE_MS < startMs || (slices.to - 1) * SLICE_MS >= endMs);
        expect(buckets.filter(isForeign)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('and a bucket of a day holds only instants of that date', () => {
    const zones = TEST_ZONES.filter((zone) => zone !== 'America/St_Johns');
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 1_000_000, max: 2_300_000 }), (zone, from) => {
        for (const { startMs, endMs } of toBuckets({ from, to: from + 300 }, 'DAY', zoneOf(zone))) {
          const date = dayByIntl(zone, startMs);
          expect(dayByIntl(zone, endMs - 1)).toBe(date);
          expect(dayByIntl(zone, startMs - 1)).toBeLessThan(date);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('days', () => {
  it('have 23 hours in spring and 25 in autumn in New York', () => {
    const newYork = zoneOf('America/New_York');
    const spring = toBuckets(range('2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z'), 'DAY', newYork);
    expect(sliceCounts(spring)).toEqual([96, 92, 96]);
    const autumn = toBuckets(range('2026-10-31T04:00:00Z', '2026-11-03T05:00:00Z'), 'DAY', newYork);
    expect(sliceCounts(autumn)).toEqual([96, 100, 96]);
  });

  it('have half an hour more or less in Lord Howe', () => {
    const zone = zoneOf('Australia/Lord_Howe');
    expect(
      sliceCounts(toBuckets(range('2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'), 'DAY', zone)),
    ).toEqual([98]);
    expect(
      sliceCounts(toBuckets(range('2026-10-03T13:30:00Z', '2026-10-04T13:00:00Z'), 'DAY', zone)),
    ).toEqual([94]);
  });

  it('are clipped to the range at both ends, and say their whole bounds', () => {
    const buckets = toBuckets(range('2026-11-20T22:00:00Z', '2026-11-21T01:30:00Z'), 'DAY', zoneOf('UTC'));
    expect(startsOf(buckets)).toEqual(['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
    expect(minutesOf(buckets)).toEqual([1_440, 1_440]);
    expect(sliceCounts(buckets)).toEqual([8, 6]);
  });

  it('leave out the day that Apia skipped', () => {
    const buckets = toBuckets(
      range('2011-12-29T10:00:00Z', '2011-12-31T10:00:00Z'),
      'DAY',
      zoneOf('Pacific/Apia'),
    );
    expect(startsOf(buckets)).toEqual(['2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z']);
  });

  it('do not interleave where the clock fell back over midnight', () => {
    const zone = zoneOf('America/St_Johns');
    const sixth = parseDay('2010-11-06')!;
    expect(dayAt(Date.parse('2010-11-07T02:30:00Z'), zone)).toBe(sixth);
    expect(dayAt(Date.parse('2010-11-07T03:29:59Z'), zone)).toBe(sixth);
    expect(dayAt(Date.parse('2010-11-07T03:30:00Z'), zone)).toBe(sixth + 1);
    expect(daySlices(sixth, zone)).toEqual(range('2010-11-06T02:30:00Z', '2010-11-07T03:30:00Z'));
  });
});

describe('hours', () => {
  it('show the repeated hour of autumn as two buckets in New York', () => {
    const buckets = toBuckets(
      range('2026-11-01T04:00:00Z', '2026-11-01T08:00:00Z'),
      'HOUR',
      zoneOf('America/New_York'),
    );
    expect(startsOf(buckets)).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-11-01T05:00:00.000Z',
      '2026-11-01T06:00:00.000Z',
      '2026-11-01T07:00:00.000Z',
    ]);
    expect(minutesOf(buckets)).toEqual([60, 60, 60, 60]);
  });

  it('leave out the missing hour of spring in New York', () => {
    const zone = zoneOf('America/New_York');
    const buckets = toBuckets(range('2026-03-08T06:00:00Z', '2026-03-08T09:00:00Z'), 'HOUR', zone);
    const localHours = buckets.map(({ startMs }) => new Date(startMs + zone.offsetMs(startMs)).getUTCHours());
    expect(localHours).toEqual([1, 3, 4]);
  });

  it('are cut at the change of half an hour in Lord Howe, both ways', () => {
    const zone = zoneOf('Australia/Lord_Howe');
    // 02:00 becomes 01:30: the half hour that is repeated is a bucket of its own.
    expect(minutesOf(toBuckets(range('2026-04-04T14:00:00Z', '2026-04-04T16:30:00Z'), 'HOUR', zone))).toEqual(
      [60, 30, 60],
    );
    // 02:00 becomes 02:30: the hour of two has thirty minutes.
    expect(minutesOf(toBuckets(range('2026-10-03T14:30:00Z', '2026-10-03T17:00:00Z'), 'HOUR', zone))).toEqual(
      [60, 30, 60],
    );
  });

  it('are cut in the very minute in which a zone changes in the middle of an hour', () => {
    // St John's fell back at 00:01: one minute of the new day, then the last 59 of the old one again.
    const buckets = toBuckets(
      range('2010-11-07T02:00:00Z', '2010-11-07T04:30:00Z'),
      'HOUR',
      zoneOf('America/St_Johns'),
    );
    expect(minutesOf(buckets)).toEqual([60, 1, 59, 60]);
    expect(sliceCounts(buckets)).toEqual([2, 1, 3, 4]);
  });

  it('start on the local full hour where the zone is 45 minutes off', () => {
    const buckets = toBuckets(
      range('2026-11-21T00:00:00Z', '2026-11-21T01:15:00Z'),
      'HOUR',
      zoneOf('Asia/Kathmandu'),
    );
    expect(startsOf(buckets)).toEqual(['2026-11-20T23:15:00.000Z', '2026-11-21T00:15:00.000Z']);
    expect(sliceCounts(buckets)).toEqual([1, 4]);
  });
});

describe('weeks and months', () => {
  it('start weeks on the local Monday, also when the week has a change of the clock', () => {
    const zone = zoneOf('America/New_York');
    const buckets = toBuckets(range('2026-03-04T12:00:00Z', '2026-03-18T12:00:00Z'), 'WEEK', zone);
    expect(startsOf(buckets)).toEqual([
      '2026-03-02T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
      '2026-03-16T04:00:00.000Z',
    ]);
    expect(minutesOf(buckets)).toEqual([167 * 60, 168 * 60, 168 * 60]);
    for (const { startMs } of buckets) expect(weekdayOf(zone.dayOf(startMs))).toBe(1);
  });

  it('follow the calendar through a leap year', () => {
    const buckets = toBuckets(range('2028-01-01T00:00:00Z', '2029-01-01T00:00:00Z'), 'MONTH', zoneOf('UTC'));
    const days = minutesOf(buckets).map((minutes) => minutes / 1_440);
    expect(days).toEqual([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
  });

  it('name the slices of a month in its own zone', () => {
    expect(monthSlices(202611, zoneOf('America/New_York'))).toEqual(
      range('2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z'),
    );
    expect(monthSlices(202612, zoneOf('Asia/Kolkata'))).toEqual(
      range('2026-11-30T18:30:00Z', '2026-12-31T18:30:00Z'),
    );
  });
});

describe('the bound', () => {
  const hours = (count: number): SliceRange => ({ from: 1_900_000, to: 1_900_000 + count * 4 });

  it(`answers ${MAX_BUCKETS} buckets and refuses one more`, () => {
    expect(toBuckets(hours(MAX_BUCKETS), 'HOUR', zoneOf('UTC'))).toHaveLength(10_000);
    expect(() => toBuckets(hours(MAX_BUCKETS + 1), 'HOUR', zoneOf('UTC'))).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });

  it('refuses a range of all time without computing it', () => {
    const started = performance.now();
    for (const bucket of TREND_BUCKETS) {
      expect(() => toBuckets({ from: 0, to: 9_600_000_000 }, bucket, zoneOf('Europe/Berlin'))).toThrow(
        'more than 10000 buckets',
      );
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
