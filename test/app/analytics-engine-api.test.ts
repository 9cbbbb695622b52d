import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE_MS } from '../../src/domain/time.js';
import { bootApp, type TestApp } from '../support/app.js';
import { end, sample, start, T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryFolder } from '../support/store.js';

const RANGE = { from: '2026-11-16T00:00:00Z', to: '2026-11-23T00:00:00Z' };
const ASK = `query ($range: TimeRangeInput!) {
  sessionLengths(range: $range) { sessions averageMs p50Ms p90Ms p95Ms p99Ms longestMs }
  sessionLengthHistogram(range: $range, binMs: 1800000) { fromMs toMs sessions }
  readingPace(range: $range, timezone: "Asia/Tokyo") { weekday hour wordsSeen activeWatchedMs wordsPerMin }
  weeklyCohorts(subject: VIDEO, range: $range, timezone: "UTC") { week size weeks { weeksLater subjects events } }
  lookupHeavyVideos(range: $range, first: 1) { video { videoKey } wordsSeen lookupCount lookupsPer100Words }
}`;

interface Answer {
  readonly sessionLengths: { readonly sessions: number };
  readonly readingPace: readonly { readonly wordsSeen: number }[];
}

describe.each([
  ['the store', {}],
  ['DuckDB', { KINOSTAT_ANALYTICS: 'duckdb' }],
] as const)('answers about sessions over HTTP, by %s', (_engine, settings) => {
  let app: TestApp;
  let folder: string;
  const clock = new FakeClock(T0);
  const isDuckdb = 'KINOSTAT_ANALYTICS' in settings;

  beforeAll(async () => {
    folder = await temporaryFolder();
    app = await bootApp({ ...settings, KINOSTAT_ANALYTICS_FILE: join(folder, 'a.duckdb') }, clock);
    await app.app.store.apply(
      [
        [
          start(1, 'easy'),
          sample(1, T0 + MINUTE_MS, { wordsSeen: 400, activeWatchedMs: MINUTE_MS, lookupCount: 4 }),
          end(1, T0 + 45 * MINUTE_MS),
          start(2, 'hard'),
          sample(2, T0 + MINUTE_MS, { wordsSeen: 200, activeWatchedMs: MINUTE_MS, lookupCount: 50 }),
          end(2, T0 + 15 * MINUTE_MS),
        ],
      ],
      T0,
    );
    for (const job of ['roll-up', ...(isDuckdb ? ['analytics-sync'] : [])]) {
      await app.data(`mutation { runJob(name: "${job}") { status } }`);
    }
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('with lengths, a histogram, the pace of every local hour, cohorts and the hardest videos', async () => {
    const { readingPace, ...rest } = await app.data<Answer>(ASK, { range: RANGE });
    expect(rest).toEqual({
      sessionLengths: {
        sessions: 2,
        averageMs: 30 * MINUTE_MS,
        p50Ms: 15 * MINUTE_MS,
        p90Ms: 45 * MINUTE_MS,
        p95Ms: 45 * MINUTE_MS,
        p99Ms: 45 * MINUTE_MS,
        longestMs: 45 * MINUTE_MS,
      },
      sessionLengthHistogram: [
        { fromMs: 0, toMs: 30 * MINUTE_MS, sessions: 1 },
        { fromMs: 30 * MINUTE_MS, toMs: 60 * MINUTE_MS, sessions: 1 },
      ],
      weeklyCohorts: [{ week: '2026-11-16', size: 2, weeks: [{ weeksLater: 0, subjects: 2, events: 2 }] }],
      lookupHeavyVideos: [
        { video: { videoKey: 'hard' }, wordsSeen: 200, lookupCount: 50, lookupsPer100Words: 25 },
      ],
    });
    expect(readingPace).toHaveLength(168);
    // Saturday, 10:00 UTC is 19:00 in Tokyo.
    expect(readingPace.filter(({ wordsSeen }) => wordsSeen > 0)).toEqual([
      { weekday: 6, hour: 19, wordsSeen: 600, activeWatchedMs: 2 * MINUTE_MS, wordsPerMin: 300 },
    ]);
  });

  it('as of the last sync', async () => {
    await app.app.store.apply([[start(3), end(3, T0 + MINUTE_MS)]], T0);
    const count = async () => (await app.data<Answer>(ASK, { range: RANGE })).sessionLengths.sessions;
    expect(await count()).toBe(isDuckdb ? 2 : 3);
    if (isDuckdb) await app.data('mutation { runJob(name: "analytics-sync") { status } }');
    expect(await count()).toBe(3);
  });

  it('and says in its metrics how old the copy is and what was copied', async () => {
    await clock.advance(5_000);
    const metrics = await (await fetch(`${app.app.url}/metrics`)).text();
    const valueOf = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1]);
    expect(valueOf('kinostat_analytics_lag_seconds')).toBe(isDuckdb ? 5 : -1);
    expect(valueOf('kinostat_analytics_copied_rows_total') > 0).toBe(isDuckdb);
  });

  it.each([
    ['sessionLengthHistogram(range: $range, binMs: 10) { sessions }'],
    ['weeklyCohorts(subject: UNKNOWN, range: $range) { size }'],
    ['lookupHeavyVideos(range: $range, first: 0) { wordsSeen }'],
  ])('refuses %s', async (field) => {
    const { errors } = await app.ask(`query ($range: TimeRangeInput!) { ${field} }`, { range: RANGE });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});
