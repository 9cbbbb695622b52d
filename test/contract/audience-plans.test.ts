import { afterEach, beforeEach, expect, it } from 'vitest';
import { compare, listAudienceTrend, type AudienceStore } from '../../src/domain/playback/audience.js';
import { DAY_MS, sliceOf } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { T0, videoFields } from '../support/commands.js';
import { startPlayback } from '../support/playback-commands.js';
import { isPlannerOnRecord, planOf, watchStatements, without } from '../support/plans.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;
const VIDEO_COUNT = 12;
/** From the first of a month on, over one that is long over. */
const START = Date.parse('2026-01-01T05:30:00Z');
const DAYS = 70;
const range = { from: sliceOf(START), to: sliceOf(START + (DAYS - 3) * DAY_MS) };
const ALL = { videoId: null, includesDeleted: false };
const ONE = { videoId: 3, includesDeleted: false };

let s: TestStore;
beforeEach(async () => {
  const filled = await openTestStore();
  const videos = Array.from({ length: VIDEO_COUNT }, (_, n) => ({
    kind: 'upsertVideo' as const,
    video: videoFields(`v${n}`),
    receivedAtMs: T0,
  }));
  const playbacks = Array.from({ length: DAYS * VIDEO_COUNT }, (_, n) => {
    const atMs = START + Math.floor(n / VIDEO_COUNT) * DAY_MS + (n % VIDEO_COUNT) * 5_000_000;
    return startPlayback(n, atMs, { videoKey: `v${n % VIDEO_COUNT}` });
  });
  await filled.store.apply([videos, playbacks], T0);
  await filled.store.maintenance.rollUp(never);
  // So few rows are faster read whole. What is asked here is whether there is a way that stays short.
  s = await without(['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan'], filled);
});
afterEach(() => s[Symbol.asyncDispose]());

const DAYS_OF_ZONE = [range, 'DAY', zoneOf('Asia/Kolkata')] as const;

const QUESTIONS: readonly (readonly [what: string, ask: (store: AudienceStore) => Promise<unknown>])[] = [
  ['figures of all videos', (store) => compare(range, true, (runs) => store.summarizeFigures(runs, ALL))],
  ['figures of one', (store) => compare(range, true, (runs) => store.summarizeFigures(runs, ONE))],
  [
    'a trend by days of a half-hour zone',
    (store) => listAudienceTrend((runs) => store.summarizeAudience(runs, ALL), ...DAYS_OF_ZONE),
  ],
  [
    'the same with viewers',
    (store) => listAudienceTrend((runs) => store.summarizeFigures(runs, ALL), ...DAYS_OF_ZONE),
  ],
  ['qualities', (store) => store.summarizeQualities(range, ALL)],
  ['retention', (store) => store.summarizeRetention(range, ONE)],
  ['the top', (store) => store.listTopAudiences(range, 'VIEWS', 10, false)],
];

/** A table of the audience from end to end; a derived table of parameters may be. */
const WHOLE = /^(SCAN|Seq Scan on) (ply_\w+|r|s|w)\b/;

it('questions about the audience read what they need by keys, and no playback', async () => {
  if (!isPlannerOnRecord(s)) return;
  for (const [what, ask] of QUESTIONS) {
    const watched = watchStatements(s);
    await ask(s.store.audience);
    const statements = watched.take();
    watched.stop();
    expect(statements.length, what).toBeGreaterThan(1);
    for (const statement of statements) {
      expect(statement.sql, what).not.toContain('ply_sessions');
      const plan = await planOf(s, statement);
      expect(
        plan.filter((line) => WHOLE.test(line)),
        `${what}: ${statement.sql}`,
      ).toEqual([]);
    }
  }
});

it('days of a half-hour zone are summed up and their viewers counted already, but at the edges of the range', async () => {
  const watched = watchStatements(s);
  const { audience } = s.store;
  const points = await listAudienceTrend((runs) => audience.summarizeFigures(runs, ALL), ...DAYS_OF_ZONE);
  const read = watched.take().filter(({ sql }) => sql.includes('ply_audience_slices'));
  watched.stop();
  expect(points.length).toBe(DAYS - 2);
  for (const column of ['s.figures', 's.viewers']) {
    const edges = read
      .filter(({ sql }) => sql.includes(column))
      .flatMap(({ params }) => JSON.parse(String(params.at(-1))) as unknown[]);
    // The first day begins late and lies in one UTC day; the last one ends early and lies in two.
    expect(edges.length, column).toBe(3);
  }
});

it('a roll-up of a late heartbeat reads the slices it touches, and the blocks of its day, by keys', async () => {
  if (!isPlannerOnRecord(s)) return;
  const atMs = START + (DAYS - 1) * DAY_MS + 40_000_000;
  const isOverMs = START + 20 * DAY_MS;
  const late = [atMs, isOverMs].map((ms, n) => startPlayback(99_999 + n, ms, { videoKey: 'v1' }));
  await s.store.apply([late], T0);
  const watched = watchStatements(s);
  await s.store.maintenance.rollUp(never);
  const statements = watched.take();
  watched.stop();
  const ofAudience = statements.filter(({ sql }) => sql.includes('ply_'));
  expect(ofAudience.some(({ sql }) => sql.includes('ply_sessions'))).toBe(true);
  const levels = ofAudience.filter(({ sql }) => sql.startsWith('DELETE FROM ply_audience_rankings'));
  expect(levels.map(({ params }) => params[0])).toEqual(expect.arrayContaining([4, 5]));
  for (const statement of ofAudience) {
    const plan = await planOf(s, statement);
    expect(
      plan.filter((line) => WHOLE.test(line)),
      statement.sql,
    ).toEqual([]);
  }
});
