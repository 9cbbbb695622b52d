import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { createRandom } from '../../src/cli/demo-history.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS, MINUTE_MS, SLICE_MS } from '../../src/domain/time.js';
import { expectSameRows, openTestEngine } from '../support/analytics-copy.js';
import { end, event, sample, start, T0 } from '../support/commands.js';
import { openTestStore, temporaryFolder, type TestStore } from '../support/store.js';

const go = new AbortController().signal;
const SESSIONS = 130;
const VIDEOS = 5;
/** Ninety of them are of two days. */
const PLAYBACK_EVERY_MS = 20 * MINUTE_MS;

let s: TestStore;
let folder: string;
let file: string;
let engine: DuckdbEngine;

beforeEach(async () => {
  s = await openTestStore();
  folder = await temporaryFolder();
  file = join(folder, 'analytics.duckdb');
  engine = await openTestEngine(file, s.facts);
  await watch(1, SESSIONS);
  await play(1, 90);
  await extract(1, 150);
});

afterEach(async () => {
  await engine.close();
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Sessions of several days, every third one still open, with samples and events. */
async function watch(first: number, count: number): Promise<void> {
  const random = createRandom(first);
  const commands = Array.from({ length: count }, (_, i) => first + i).flatMap((n) => {
    const startedAtMs = T0 + Math.floor(random() * 20 * DAY_MS);
    const samples = Array.from({ length: 4 }, (_, k) =>
      sample(n, startedAtMs + (k + 1) * 7 * MINUTE_MS, {
        activeWatchedMs: (k + 1) * 6 * MINUTE_MS,
        wordsSeen: (k + 1) * Math.floor(random() * 50),
        lookupCount: (k + 1) * Math.floor(random() * 3),
      }),
    );
    return [
      start(n, `v${1 + (n % VIDEOS)}`, startedAtMs),
      ...samples,
      event(n, startedAtMs + 1),
      event(n, startedAtMs + 2),
      ...(n % 3 === 0 ? [] : [end(n, startedAtMs + 30 * MINUTE_MS)]),
    ];
  });
  await s.store.apply([commands], T0);
}

const run = (sql: string, ...params: (number | string | null)[]): Promise<number[]> =>
  s.backend.transact([{ sql, params }]);

async function play(first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n += 10) {
    await run(
      `INSERT INTO ply_viewers (viewer_id, viewer_uuid, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?)`,
      ...[n, `viewer ${n}`, T0 + n, T0 + n],
    );
  }
  await s.backend.transact(
    Array.from({ length: count }, (_, i) => ({
      sql: `INSERT INTO ply_sessions (session_token, video_id, viewer_id, started_at_ms, ended_at_ms, last_heartbeat_ms,
        watched_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      params: [
        ...[
          `token ${first + i}`,
          1 + (i % VIDEOS),
          first + Math.floor(i / 10) * 10,
          T0 + i * PLAYBACK_EVERY_MS,
        ],
        ...[
          i % 4 === 0 ? null : T0 + i * PLAYBACK_EVERY_MS + 5_000,
          T0 + i * PLAYBACK_EVERY_MS + 5_000,
          5_000,
        ],
      ],
    })),
  );
}

/** Results of all videos in and out of jobs, every fifth one failed. */
async function extract(first: number, count: number): Promise<void> {
  await run(
    `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms) VALUES (?, ?, 2, 2, ?, ?)`,
    ...[first, `job ${first}`, T0, T0],
  );
  await s.backend.transact(
    Array.from({ length: count }, (_, i) => ({
      sql: `INSERT INTO trx_results (job_id, video_id, attempt_ms, origin, error_code_id, extraction_ms, extracted_at_ms,
        recorded_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [
        ...[i % 2 === 0 ? 0 : first, 1 + (i % VIDEOS), first + i, 1 + (i % 2), i % 5 === 0 ? 3 : null],
        ...[i % 2 === 0 ? null : i, T0 + i * 4 * MINUTE_MS, T0],
      ],
    })),
  );
}

describe('the analytics copy', () => {
  it('holds every sample, event, session, slice and playback of the store', async () => {
    const { rowCount } = await engine.sync(go);
    const counts = await expectSameRows(s, engine);
    expect(counts).toMatchObject({
      imm_sessions: SESSIONS,
      imm_session_telemetry: SESSIONS * 4,
      imm_session_events: SESSIONS * 2,
      ply_sessions: 90,
      ply_viewers: 9,
      trx_results: 150,
    });
    expect(rowCount).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
  });

  it('takes over how open sessions and playbacks went on, however many came after them', async () => {
    await engine.sync(go);
    await watch(1_001, 60);
    await play(1_001, 60);
    await engine.sync(go);
    await s.store.apply([[end(3, T0 + 21 * DAY_MS), sample(6, T0 + 20 * DAY_MS, { wordsSeen: 9_000 })]], T0);
    await run(
      'UPDATE ply_sessions SET ended_at_ms = ?, watched_ms = 7 WHERE playback_id = 1',
      T0 + 9_000_000,
    );
    const { copiedCount, comparedCount } = await engine.sync(go);
    expect(copiedCount).toBeGreaterThan(2);
    expect(copiedCount).toBeLessThan(8);
    expect(comparedCount).toBeGreaterThan(copiedCount);
    await expectSameRows(s, engine);
  });

  it('loses with its next sync what was pruned', async () => {
    for (const atMs of [T0, T0 + 15 * DAY_MS]) {
      await run(
        'INSERT INTO trx_cache_slices (slice, instance_id, hits) VALUES (?, 3, 4)',
        Math.floor(atMs / SLICE_MS),
      );
    }
    await engine.sync(go);
    await s.store.maintenance.prune(
      { ...RETENTION_PRESETS['keep-all'], telemetry: 10, events: 5, playbacks: 19, cacheSlices: 10 },
      T0 + 20 * DAY_MS,
      { isDryRun: false },
      go,
    );
    const { tombstoneCount } = await engine.sync(go);
    expect(tombstoneCount).toBe(4);
    const counts = await expectSameRows(s, engine);
    expect(counts['imm_session_telemetry']).toBeGreaterThan(0);
    expect(counts['imm_session_telemetry']).toBeLessThan(SESSIONS * 4);
    expect(counts['ply_sessions']).toBeGreaterThan(0);
    expect(counts['ply_sessions']).toBeLessThan(90);
    expect(counts['trx_cache_slices']).toBe(1);
    expect((await engine.sync(go)).tombstoneCount).toBe(0);
  });

  it('loses with its next sync what belonged to a purged video', async () => {
    await engine.sync(go);
    await s.store.maintenance.purgeVideo(2, go);
    await engine.sync(go);
    const [[left] = []] = await engine.read({
      sql: 'SELECT COUNT(*) FROM imm_sessions WHERE video_id = 2',
      params: [],
    });
    expect(left).toBe(0);
    await expectSameRows(s, engine);
  });

  it('knows a viewer no more who was forgotten', async () => {
    await engine.sync(go);
    expect(await s.store.playback.forgetViewer('viewer 11')).toBe(true);
    await engine.sync(go);
    await expectSameRows(s, engine);
    const sql = 'SELECT COUNT(*) FROM ply_sessions WHERE viewer_id = 11';
    expect(await engine.read({ sql, params: [] })).toEqual([[0]]);
  });

  it('takes over a tombstone that was committed after one with a higher id', async () => {
    await s.backend.transact([
      { sql: 'INSERT INTO sys_tombstones (tombstone_id, kind, subject) VALUES (5, 5, 11)', params: [] },
    ]);
    await engine.sync(go);
    await s.backend.transact([
      { sql: 'DELETE FROM ply_viewers WHERE viewer_id = 21', params: [] },
      { sql: 'INSERT INTO sys_tombstones (tombstone_id, kind, subject) VALUES (4, 5, 21)', params: [] },
    ]);
    expect((await engine.sync(go)).tombstoneCount).toBe(1);
    const sql = 'SELECT COUNT(*) FROM ply_viewers WHERE viewer_id = 21';
    expect(await engine.read({ sql, params: [] })).toEqual([[0]]);
  });

  it('lets ingest commit and questions be answered while it is made', async () => {
    let committed = 0;
    await engine.close();
    engine = await openTestEngine(join(folder, 'beside.duckdb'), {
      firstKey: (...args) => s.facts.firstKey(...args),
      lastKey: (...args) => s.facts.lastKey(...args),
      // Before a window is read: what held a lock on either database would wait for itself here.
      async fingerprint(...args) {
        const fingerprint = await s.facts.fingerprint(...args);
        await s.store.apply([[sample(3, T0 + 30 * DAY_MS + committed, { wordsSeen: committed })]], T0);
        await engine.read({ sql: 'SELECT COUNT(*) FROM imm_session_telemetry', params: [] });
        committed += 1;
        return fingerprint;
      },
      listTombstones: (...args) => s.facts.listTombstones(...args),
      address: s.facts.address,
      windowQuery: (...args) => s.facts.windowQuery(...args),
    });
    await engine.sync(go);
    expect(committed).toBeGreaterThan(20);
    await engine.close();
    engine = await openTestEngine(join(folder, 'beside.duckdb'), s.facts);
    await engine.sync(go);
    await expectSameRows(s, engine);
  });

  it('steps over a wide stretch without rows', async () => {
    await run(
      `INSERT INTO imm_session_events (event_id, session_id, ts_ms, event_type, client_seq)
        SELECT 9000000000, session_id, 1, 1, 1 FROM imm_sessions WHERE session_uuid = '${start(1).sessionUuid}'`,
    );
    const { comparedCount } = await engine.sync(go);
    expect(comparedCount).toBeLessThan(300);
    await expectSameRows(s, engine);
  });
});
