import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinostatError } from '../../src/domain/errors.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDay } from '../../src/domain/time.js';
import { Zone, zoneOf } from '../../src/domain/zone.js';
import { dayByIntl, dayStartByIntl, offsetByIntl, TEST_ZONES } from './intl-reference.js';

const instant = fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2040, 0, 1) });
const zoneName = fc.constantFrom(...TEST_ZONES);
const at = (text: string): number => Date.parse(text);
const day = (text: string): number => parseDay(text)!;
const offsetMinutes = (zone: string, text: string): number => zoneOf(zone).offsetMs(at(text)) / MINUTE_MS;

describe('Zone against Intl', () => {
  it('gives the offset that Intl gives, at any instant of many zones', () => {
    fc.assert(
      fc.property(zoneName, instant, (name, ms) => {
        expect(zoneOf(name).offsetMs(ms)).toBe(offsetByIntl(name, ms));
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives the date that Intl gives, at any instant of many zones', () => {
    fc.assert(
      fc.property(zoneName, instant, (name, ms) => {
        expect(zoneOf(name).dayOf(ms)).toBe(dayByIntl(name, ms));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(TEST_ZONES)(
    'changes its offset in the very minute in which Intl does, all through 2026 in %s',
    (name) => {
      const zone = new Zone(name);
      const changes: number[] = [];
      for (let ms = at('2026-01-01T00:00:00Z'); ms < at('2027-01-01T00:00:00Z'); ms += 6 * HOUR_MS) {
        const found = zone.transitionBetween(ms, ms + 6 * HOUR_MS);
        if (found !== null) changes.push(found);
      }
      for (const change of changes) {
        expect(offsetByIntl(name, change - 1)).not.toBe(offsetByIntl(name, change));
      }
      let expected = 0;
      for (let ms = at('2026-01-01T00:00:00Z'); ms < at('2027-01-01T00:00:00Z'); ms += 6 * HOUR_MS) {
        if (offsetByIntl(name, ms) !== offsetByIntl(name, ms + 6 * HOUR_MS)) expected += 1;
      }
      expect(changes).toHaveLength(expected);
    },
  );

  it('starts a day where the earlier date has shown for the last time, on any day of many zones', () => {
    fc.assert(
      fc.property(
        zoneName,
        fc.integer({ min: day('1975-01-01'), max: day('2039-01-01') }),
        (name, epochDay) => {
          expect(zoneOf(name).dayStartMs(epochDay)).toBe(dayStartByIntl(name, epochDay));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same answers whatever was asked before', () => {
    fc.assert(
      fc.property(zoneName, fc.array(instant, { minLength: 2, maxLength: 20 }), (name, instants) => {
        const warm = new Zone(name);
        for (const ms of instants) warm.offsetMs(ms);
        for (const ms of instants.toReversed()) expect(warm.offsetMs(ms)).toBe(new Zone(name).offsetMs(ms));
      }),
      { numRuns: 50 },
    );
  });
});

describe('offsets of well-known instants', () => {
  it.each([
    ['UTC', '2026-07-01T00:00:00Z', 0],
    ['Asia/Kolkata', '2026-07-01T00:00:00Z', 330],
    ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 345],
    ['Pacific/Kiritimati', '2026-07-01T00:00:00Z', 840],
    ['America/New_York', '2026-03-08T06:59:59Z', -300],
    ['America/New_York', '2026-03-08T07:00:00Z', -240],
    ['America/New_York', '2026-11-01T05:59:59Z', -240],
    ['America/New_York', '2026-11-01T06:00:00Z', -300],
    ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', 660],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 630],
    ['Africa/Casablanca', '2026-02-15T01:59:59Z', 60],
    ['Africa/Casablanca', '2026-02-15T02:00:00Z', 0],
    ['Africa/Casablanca', '2026-03-22T02:00:00Z', 60],
  ] as const)('%s at %s is %i minutes ahead of UTC', (zone, instantText, minutes) => {
    expect(offsetMinutes(zone, instantText)).toBe(minutes);
  });
});

describe('days', () => {
  const bounds = (zone: string, text: string): { start: string; hours: number } => {
    const start = zoneOf(zone).dayStartMs(day(text));
    const end = zoneOf(zone).dayStartMs(day(text) + 1);
    return { start: new Date(start).toISOString(), hours: (end - start) / HOUR_MS };
  };

  it.each([
    ['UTC', '2026-03-08', '2026-03-08T00:00:00.000Z', 24],
    ['Asia/Kolkata', '2026-11-21', '2026-11-20T18:30:00.000Z', 24],
    ['Asia/Kathmandu', '2026-11-21', '2026-11-20T18:15:00.000Z', 24],
    ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z', 24],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', 23.5],
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z', 23],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', 23],
    ['Africa/Cairo', '2026-10-29', '2026-10-28T21:00:00.000Z', 25],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
    ['Asia/Beirut', '2026-10-24', '2026-10-23T21:00:00.000Z', 25],
    ['Africa/Casablanca', '2026-02-15', '2026-02-14T23:00:00.000Z', 25],
    ['Africa/Casablanca', '2026-03-22', '2026-03-22T00:00:00.000Z', 23],
  ] as const)('in %s %s begins at %s and has %d hours', (zone, text, start, hours) => {
    expect(bounds(zone, text)).toEqual({ start, hours });
  });

  it('begins where the date changes for good when a zone falls back over midnight', () => {
    // St John's fell back at 00:01 to 23:01: the 7th showed for one minute, then the 6th again.
    const zone = zoneOf('America/St_Johns');
    expect(zone.dayOf(at('2010-11-07T02:30:00Z'))).toBe(day('2010-11-07'));
    expect(zone.dayOf(at('2010-11-07T02:31:00Z'))).toBe(day('2010-11-06'));
    expect(bounds('America/St_Johns', '2010-11-07').start).toBe('2010-11-07T03:30:00.000Z');
    expect(bounds('America/St_Johns', '2010-11-06').hours).toBe(25);
  });

  it('has no time at all on a day that a zone skipped', () => {
    expect(bounds('Pacific/Apia', '2011-12-30')).toEqual({ start: '2011-12-30T10:00:00.000Z', hours: 0 });
    expect(bounds('Pacific/Apia', '2011-12-31').hours).toBe(24);
  });

  it('leaves no instant between two days, in any zone', () => {
    fc.assert(
      fc.property(zoneName, instant, (name, ms) => {
        const zone = zoneOf(name);
        const today = zone.dayOf(ms);
        const starts = [-2, -1, 0, 1, 2].map((d) => zone.dayStartMs(today + d));
        expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
        expect(starts[4]! - starts[0]!).toBeGreaterThan(3 * DAY_MS - 2 * HOUR_MS);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a zone remembers', () => {
  it('is bounded: a hundred years of weeks are answered, and the first again', () => {
    const zone = zoneOf('America/New_York');
    const WEEK = 7 * 86_400_000;
    const first = zone.offsetMs(0);
    for (let week = 0; week < 5_000; week += 1) zone.offsetMs(week * WEEK);
    expect(zone.offsetMs(0)).toBe(first);
    expect(zone.offsetMs(5_000 * WEEK)).toBe(
      new Intl.DateTimeFormat('en', { timeZone: 'America/New_York', timeZoneName: 'longOffset' })
        .format(5_000 * WEEK)
        .includes('GMT-04')
        ? -4 * 3_600_000
        : -5 * 3_600_000,
    );
  });
});

describe('years before 1', () => {
  it('have an offset too: a range may begin anywhere', () => {
    expect(zoneOf('UTC').offsetMs(Date.UTC(-100, 5, 1))).toBe(0);
    expect(zoneOf('UTC').dayOf(Date.UTC(-100, 5, 1))).toBe(Date.UTC(-100, 5, 1) / 86_400_000);
  });
});

describe('names', () => {
  it.each([
    '',
    'Mars/Olympus',
    '+05:30',
    '-08:00',
    '../etc/passwd',
    'UTC ',
    'Europe/Berlin\u0000',
    'x'.repeat(80),
  ])('refuses %j with a coded error', (name) => {
    let caught: unknown = null;
    try {
      zoneOf(name);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(KinostatError);
    expect((caught as KinostatError).code).toBe('BAD_USER_INPUT');
    expect((caught as KinostatError).message).toContain('is not an IANA time zone');
    expect((caught as KinostatError).message.length).toBeLessThan(100);
  });

  it('takes every zone that the runtime lists, and gives the same object again', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) expect(zoneOf(name).name).toBe(name);
    expect(zoneOf('Asia/Tokyo')).toBe(zoneOf('Asia/Tokyo'));
  });
});
