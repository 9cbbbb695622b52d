import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { createRandom } from '../../src/cli/demo-history.js';
import { CopiedExtractions } from '../../src/db/queries/analytics/copied-extractions.js';
import {
  CohortSubject,
  listLengthHistogram,
  listReadingPace,
  listWeeklyCohorts,
  mondayOfWeek,
  wordsPerMin,
  type SessionAnalytics,
} from '../../src/domain/analytics/sessions.js';
import { DAY_MS, formatDay, HOUR_MS, MINUTE_MS, toSliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { openTestEngine } from '../support/analytics-copy.js';
import { end, sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, temporaryFolder, type TestStore } from '../support/store.js';

const go = new AbortController().signal;
/** Clocks go back in Europe on 2026-10-25. */
const FROM_MS = Date.UTC(2026, 8, 30);
const TO_MS = Date.UTC(2026, 10, 20);
const RANGE = toSliceRange({ fromMs: FROM_MS, toMs: TO_MS });
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/Los_Angeles'];
const SESSIONS = 160;

let s: TestStore;
let folder: string;
let engine: DuckdbEngine;
let ours: SessionAnalytics;
let random: () => number;

beforeEach(async () => {
  s = await openTestStore();
  folder = await temporaryFolder();
  engine = await openTestEngine(join(folder, 'analytics.duckdb'), s.facts);
  ours = new CopiedExtractions(engine).sessions;
  random = createRandom(7);
});

afterEach(async () => {
  await engine.close();
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Before, in and after the range; lengths up to four hours, over several slices; some without an end or a sample. */
async function watch(): Promise<void> {
  const commands = Array.from({ length: SESSIONS }, (_, i) => i + 1).flatMap((n) => {
    const startedAtMs = Math.floor(FROM_MS - 20 * DAY_MS + random() * (TO_MS - FROM_MS + 25 * DAY_MS));
    const samples = Array.from({ length: Math.floor(random() * 14) }, (_, k) =>
      sample(n, startedAtMs + (k + 1) * 11 * MINUTE_MS, {
        activeWatchedMs: (k + 1) * 9 * MINUTE_MS,
        wordsSeen: (k + 1) * Math.floor(20 + random() * 400),
        lookupCount: (k + 1) * Math.floor(random() * 12),
      }),
    );
    const endedAtMs = startedAtMs + Math.floor(random() * 4 * HOUR_MS);
    return [
      start(n, `v${1 + (n % 7)}`, startedAtMs),
      ...samples,
      ...(n % 9 === 0 ? [] : [end(n, endedAtMs)]),
    ];
  });
  await s.store.apply([commands], T0);
  await s.store.maintenance.rollUp(go);
}

async function play(): Promise<void> {
  const viewers = Array.from({ length: 25 }, (_, i) => ({
    sql: 'INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES (?, ?, ?)',
    params: [`viewer ${i}`, FROM_MS, FROM_MS],
  }));
  const playbacks = Array.from({ length: 200 }, (_, i) => {
    const startedAtMs = Math.floor(FROM_MS - 15 * DAY_MS + random() * (TO_MS - FROM_MS + 18 * DAY_MS));
    return {
      sql: `INSERT INTO ply_sessions (session_token, video_id, viewer_id, started_at_ms, last_heartbeat_ms)
        VALUES (?, ?, ?, ?, ?)`,
      params: [
        `t${i}`,
        1 + (i % 7),
        i % 11 === 0 ? null : 1 + Math.floor(random() * 25),
        startedAtMs,
        startedAtMs,
      ],
    };
  });
  await s.backend.transact([...viewers, ...playbacks]);
}

async function answersOf(source: SessionAnalytics): Promise<unknown> {
  return {
    lengths: await source.summarizeLengths(RANGE),
    bins: await listLengthHistogram(source, RANGE, 17 * MINUTE_MS),
    narrow: await listLengthHistogram(source, RANGE, 1_000),
    videos: await source.listLookupHeavyVideos(RANGE, 50, 5),
    zones: await Promise.all(
      ZONES.map(zoneOf).map(async (zone) => ({
        pace: await listReadingPace(source, RANGE, zone),
        viewers: await listWeeklyCohorts(source, CohortSubject.VIEWER, RANGE, zone),
        videos: await listWeeklyCohorts(source, CohortSubject.VIDEO, RANGE, zone),
      })),
    ),
  };
}

describe('questions about sessions', () => {
  it('have the same answers from the analytics engine and from the store', async () => {
    await watch();
    await play();
    await engine.sync(go);
    const expected = await answersOf(s.store.analytics.sessions);
    expect(await answersOf(ours)).toEqual(expected);
    const { count, p50Ms, longestMs } = await ours.summarizeLengths(RANGE);
    expect(count).toBeGreaterThan(60);
    expect(longestMs).toBeGreaterThan(p50Ms ?? 0);
    const pace = await listReadingPace(ours, RANGE, zoneOf('Europe/Berlin'));
    expect(pace.filter(({ wordsSeen }) => wordsSeen > 0).length).toBeGreaterThan(60);
    expect(await listWeeklyCohorts(ours, CohortSubject.VIEWER, RANGE, zoneOf('UTC'))).not.toEqual([]);
  });

  it('take the length of a session from its start to its end, in whole seconds, and rank it by the nearest', async () => {
    const lengths = [1_999, 60_000, 60_400, 61_000, 3_600_000];
    const at = FROM_MS + HOUR_MS;
    await s.store.apply(
      [
        [
          ...lengths.flatMap((ms, i) => [start(i + 1, 'v1', at + i), end(i + 1, at + i + ms)]),
          start(9, 'v1', at),
        ],
      ],
      T0,
    );
    await engine.sync(go);
    for (const source of [ours, s.store.analytics.sessions]) {
      expect(await source.summarizeLengths(RANGE)).toEqual({
        count: 5,
        totalMs: 1_000 + 60_000 + 60_000 + 61_000 + 3_600_000,
        p50Ms: 60_000,
        p90Ms: 3_600_000,
        p95Ms: 3_600_000,
        p99Ms: 3_600_000,
        longestMs: 3_600_000,
      });
      const bins = await listLengthHistogram(source, RANGE, 10_000);
      expect(bins.filter(({ count }) => count > 0)).toEqual([
        { fromMs: 0, toMs: 10_000, count: 1 },
        { fromMs: 60_000, toMs: 70_000, count: 3 },
        { fromMs: 1_990_000, toMs: null, count: 1 },
      ]);
    }
  });

  it('put words into the local hour in which they were read', async () => {
    // Sunday, 2026-10-25, 01:30 UTC: 02:30 for the second time in Berlin, 07:15 in Kathmandu.
    const at = Date.UTC(2026, 9, 25, 1, 30);
    await s.store.apply(
      [[start(1, 'v1', at), sample(1, at + MINUTE_MS, { wordsSeen: 90, activeWatchedMs: 30_000 })]],
      T0,
    );
    await s.store.maintenance.rollUp(go);
    await engine.sync(go);
    for (const source of [ours, s.store.analytics.sessions]) {
      for (const [zone, hour] of [
        ['Europe/Berlin', 2],
        ['Asia/Kathmandu', 7],
      ] as const) {
        const cells = (await listReadingPace(source, RANGE, zoneOf(zone))).filter(
          ({ wordsSeen }) => wordsSeen > 0,
        );
        expect(cells).toEqual([{ weekday: 7, hour, wordsSeen: 90, activeWatchedMs: 30_000 }]);
        expect(cells.map(wordsPerMin)).toEqual([180]);
      }
    }
  });

  it('follow a video from the week it was first watched in, and leave out those of before', async () => {
    const monday = Date.UTC(2026, 9, 5);
    await s.store.apply(
      [
        [
          ...[start(1, 'old', FROM_MS - 40 * DAY_MS), start(2, 'old', monday)],
          ...[
            start(3, 'new', monday),
            start(4, 'new', monday + DAY_MS),
            start(5, 'new', monday + 16 * DAY_MS),
          ],
          start(6, 'other', monday + 7 * DAY_MS),
        ],
      ],
      T0,
    );
    await engine.sync(go);
    for (const source of [ours, s.store.analytics.sessions]) {
      const cohorts = await listWeeklyCohorts(source, CohortSubject.VIDEO, RANGE, zoneOf('UTC'));
      expect(cohorts.map(({ week, ...rest }) => ({ week: formatDay(mondayOfWeek(week)), ...rest }))).toEqual([
        {
          week: '2026-10-05',
          size: 1,
          weeks: [
            { weeksLater: 0, subjectCount: 1, eventCount: 2 },
            { weeksLater: 1, subjectCount: 0, eventCount: 0 },
            { weeksLater: 2, subjectCount: 1, eventCount: 1 },
          ],
        },
        { week: '2026-10-12', size: 1, weeks: [{ weeksLater: 0, subjectCount: 1, eventCount: 1 }] },
      ]);
    }
  });

  it('rank videos by lookups a word, and leave out those with few words', async () => {
    const at = FROM_MS + DAY_MS;
    const read = (n: number, key: string, wordsSeen: number, lookupCount: number) => [
      start(n, key, at),
      sample(n, at + MINUTE_MS, { wordsSeen, lookupCount }),
    ];
    await s.store.apply(
      [
        [
          ...read(1, 'easy', 1_000, 10),
          ...read(2, 'hard', 200, 50),
          ...read(3, 'short', 10, 9),
          ...read(4, 'x', 200, 2),
        ],
      ],
      T0,
    );
    await s.store.maintenance.rollUp(go);
    await engine.sync(go);
    const idOf = new Map(
      (await s.rows('SELECT video_key, video_id FROM imm_videos')).map(([key, id]) => [key, id]),
    );
    for (const source of [ours, s.store.analytics.sessions]) {
      const found = await source.listLookupHeavyVideos(RANGE, 100, 2);
      // 10 of 1000 and 2 of 200 are equal: the older video comes first.
      expect(found.map(({ videoId }) => videoId)).toEqual([idOf.get('hard'), idOf.get('easy')]);
    }
    expect(await s.rows('SELECT COUNT(*) FROM imm_sessions WHERE session_uuid = ?', uuid(3))).toEqual([[1]]);
  });

  it('are refused by the store when it would have to read too much, and answered by the engine', async () => {
    await s.store.apply([[start(1, 'v1', FROM_MS), end(1, FROM_MS + HOUR_MS)]], T0);
    await s.backend.transact([
      {
        sql: `INSERT INTO imm_sessions (session_uuid, video_id, started_at_ms, ended_at_ms, status, created_at_ms, updated_at_ms)
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
          SELECT 'more ' || CAST(n.i AS TEXT), s.video_id, s.started_at_ms, s.ended_at_ms, 2, 1, 1
          FROM n CROSS JOIN imm_sessions s`,
        params: [],
      },
    ]);
    const { sessions } = s.store.analytics;
    await expect(sessions.summarizeLengths(RANGE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(sessions.listLengthBins(RANGE, 1_000)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(
      listWeeklyCohorts(sessions, CohortSubject.VIDEO, RANGE, zoneOf('UTC')),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const wide = await engineWithWideWindows();
    expect((await wide.summarizeLengths(RANGE)).count).toBe(200_001);
  });
});

/** Two hundred thousand rows in windows of forty would take their time. */
async function engineWithWideWindows(): Promise<SessionAnalytics> {
  await engine.close();
  engine = await openTestEngine(join(folder, 'wide.duckdb'), s.facts, 'wide', 20_000);
  await engine.sync(go);
  return new CopiedExtractions(engine).sessions;
}
