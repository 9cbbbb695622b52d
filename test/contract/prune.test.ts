import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS, type RetentionDays } from '../../src/domain/retention.js';
import { DAY_MS, sliceOf } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { extraction, startProcess } from '../support/agent-commands.js';
import { event, sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const KEEP = RETENTION_PRESETS['keep-all'];
const apply = (...commands: WriteCommand[]) => s.store.apply([commands], T0);
const prune = (windows: Partial<RetentionDays>, isDryRun = false, nowMs = T0) =>
  s.store.maintenance.prune({ ...KEEP, ...windows }, nowMs, { isDryRun }, never);
const rowsOf = async (reports: ReturnType<typeof prune>) =>
  Object.fromEntries((await reports).map(({ table, rowCount }) => [table, rowCount]));
const count = async (table: string) => Number((await s.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);
const days = (n: number) => T0 - n * DAY_MS;

describe('prune', () => {
  it('removes exactly what is older than its window, late arrivals too, and says what a dry run would', async () => {
    await apply(start(1, 'v1', days(40)), start(2, 'v1', days(2)));
    await apply(
      sample(1, days(31)),
      sample(1, days(29)),
      sample(2, days(1)),
      event(1, days(8)),
      event(1, days(6)),
    );
    await apply(sample(1, days(35)), event(1, days(7) - 1), event(1, days(7)));
    expect(await rowsOf(prune({ telemetry: 30, events: 7 }, true))).toMatchObject({
      telemetry: 2,
      events: 2,
    });
    expect(await count('imm_session_telemetry')).toBe(4);
    expect(await rowsOf(prune({ telemetry: 30, events: 7 }))).toMatchObject({ telemetry: 2, events: 2 });
    expect(await s.rows('SELECT sample_ms FROM imm_session_telemetry ORDER BY 1')).toEqual([
      [days(29)],
      [days(1)],
    ]);
    expect(await s.rows('SELECT ts_ms FROM imm_session_events ORDER BY 1')).toEqual([[days(7)], [days(6)]]);
  });

  it('knows of each session where its samples begin now, so that it need not look at it again', async () => {
    const first = () => s.rows('SELECT first_sample_ms FROM imm_session_totals ORDER BY session_id');
    await apply(start(1, 'v1', days(40)), sample(1, days(35)), sample(1, days(20)));
    await apply(start(2, 'v1', days(40)), sample(2, days(39)), sample(2, days(40)));
    expect(await first()).toEqual([[days(35)], [days(40)]]);
    await prune({ telemetry: 30 });
    expect(await first()).toEqual([[days(20)], [null]]);
    await apply(sample(1, days(25)), sample(2, days(33)));
    expect(await first()).toEqual([[days(25)], [days(33)]]);
    expect(await rowsOf(prune({ telemetry: 30 }))).toMatchObject({ telemetry: 1 });
    expect(await first()).toEqual([[days(25)], [null]]);
  });

  it('removes extraction events, and counts none again that is sent again', async () => {
    const old = extraction(1, days(100));
    await apply(startProcess(1, 'codex', days(100)), old, extraction(1, days(90)), extraction(1, days(1)));
    const counts = async () =>
      (
        await s.rows(`SELECT o.extractions_count, (SELECT SUM(extractions_count) FROM agt_extraction_slices),
          (SELECT SUM(extractions_count) FROM agt_session_patterns) FROM agt_session_totals o`)
      )[0]?.map(Number);
    expect(await rowsOf(prune({ extractions: 90 }, true))).toMatchObject({ extractions: 1 });
    expect(await rowsOf(prune({ extractions: 90 }))).toMatchObject({ extractions: 1 });
    expect(await s.rows('SELECT ts_ms FROM agt_extractions ORDER BY 1')).toEqual([[days(90)], [days(1)]]);
    await apply(old);
    expect(await counts()).toEqual([3, 3, 3]);
    expect(await rowsOf(prune({ extractions: 90 }))).toMatchObject({ extractions: 1 });
  });

  it('keeps everything for ever where the window is 0', async () => {
    await apply(start(1, 'v1', days(5000)), sample(1, days(5000)), event(1, days(5000)));
    const reports = await prune({});
    expect(reports.every(({ beforeMs, rowCount }) => beforeMs === null && rowCount === 0)).toBe(true);
    expect(await count('imm_session_telemetry')).toBe(1);
  });

  it('removes thousands of rows in steps', async () => {
    const many = Array.from({ length: 4_500 }, (_, i) => sample(1, days(60) + i));
    await apply(start(1, 'v1', days(60)), ...many);
    expect(await rowsOf(prune({ telemetry: 30 }))).toMatchObject({ telemetry: 4_500 });
  });

  it('changes no total, no trend and no stored day', async () => {
    await apply(start(1, 'v1', days(20)), sample(1, days(20), { wordsSeen: 7, activeWatchedMs: 60_000 }));
    const range = { from: sliceOf(days(21)), to: sliceOf(T0) };
    const ask = async () => [
      await s.store.immersion.summarizeSlices([range], null),
      await s.store.immersion.listDailyRollups(0, 30_000, null),
      await s.store.immersion.summarizeLifetime(),
      (await s.store.immersion.listSessionTotals([1]))[0],
    ];
    const before = await ask();
    expect(await rowsOf(prune({ telemetry: 1, events: 1 }))).toMatchObject({ telemetry: 1 });
    expect(await ask()).toEqual(before);
  });

  it('rolls up first what is still dirty', async () => {
    await apply(start(1, 'v1', days(20)), sample(1, days(20), { wordsSeen: 7 }));
    await prune({ telemetry: 1 });
    const [row] = await s.store.immersion.listDailyRollups(0, 30_000, null);
    expect(row).toMatchObject({ wordsSeen: 7, sessionsCount: 1 });
  });

  it('removes stored days and months, finished job runs, and counts dead letters as lost', async () => {
    await apply(start(1, 'v1', days(800)), sample(1, days(800)), start(2, 'v1', days(3)));
    await s.store.maintenance.rollUp(never);
    const run = await s.store.system.startJobRun('prune', days(91));
    await s.store.system.finishJobRun({ jobRunId: run, status: 1, finishedAtMs: days(91), summary: '' });
    await s.store.bury(sample(1, days(20)), 'POISON', 'x', days(15));
    const removed = await rowsOf(prune({ daily: 365, monthly: 700, jobRuns: 90, deadLetters: 14 }));
    expect(removed).toMatchObject({ daily: 2, monthly: 2, jobRuns: 1, deadLetters: 1 });
    expect(await count('imm_daily_rollups')).toBe(2);
    expect((await s.store.immersion.listSessionTotals([1]))[0]).toMatchObject({ droppedCount: 1 });
  });

  it('adds counts of the transcript cache that left their window to a sum, so that all its life still counts', async () => {
    const first = sliceOf(days(40));
    const counted = (from: number, rows: number) => ({
      sql: `INSERT INTO trx_cache_slices (slice, instance_id, hits, negative_hits, misses, evicted_count, evicted_bytes)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
        SELECT CAST(? AS BIGINT) + i / 2, 1 + i % 2, i, 1, 2, 3, 4 FROM n`,
      params: [from],
    });
    await s.backend.transact([counted(first, 5_001), counted(sliceOf(days(1)), 2)]);
    const life = () => s.store.transcriptCache.summarizeCache(T0);
    const inWindow = () =>
      s.store.analytics.summarizeCache([{ from: sliceOf(days(5)), to: sliceOf(T0) + 9_000 }]);
    const [before, window] = [await life(), await inWindow()];
    const expected = Math.min(5_001, 2 * (sliceOf(days(5)) - first));
    expect(expected).toBeGreaterThan(4_000);
    expect(await rowsOf(prune({ cacheSlices: 5 }, true))).toMatchObject({ cacheSlices: expected });
    expect(await rowsOf(prune({ cacheSlices: 5 }))).toMatchObject({ cacheSlices: expected });
    expect([await life(), await inWindow()]).toEqual([before, window]);
    await s.backend.transact([counted(first, 3)]);
    expect(await rowsOf(prune({ cacheSlices: 5 }))).toMatchObject({ cacheSlices: 3 });
    expect(await rowsOf(prune({ cacheSlices: 5 }))).toMatchObject({ cacheSlices: 0 });
    expect(await life()).toMatchObject({ hits: before.hits + 3, misses: before.misses + 6 });
    expect(await count('trx_cache_slices')).toBe(5_001 + 2 - expected + 1);
  });

  it('stops at the next step when it is told to', async () => {
    await apply(start(1, 'v1', days(60)), ...Array.from({ length: 10 }, (_, i) => sample(1, days(60) + i)));
    const stopped = AbortSignal.abort();
    const windows = { ...KEEP, telemetry: 30 };
    await s.store.maintenance.prune(windows, T0, { isDryRun: false }, stopped);
    expect(await count('imm_session_telemetry')).toBe(10);
  });
});

describe('a dry run', () => {
  it('counts in every table what would go, and lets it stay', async () => {
    const old = days(3_000);
    await apply(start(1, 'v1', old), sample(1, old, { wordsSeen: 1 }), event(1, old));
    await apply(startProcess(2, 'codex', old), extraction(2, old));
    await s.store.bury(sample(1, old + 1), 'POISON', 'x', old);
    const jobRunId = await s.store.system.startJobRun('prune', old);
    await s.store.system.finishJobRun({ jobRunId, status: 1, finishedAtMs: old, summary: null });
    await s.store.maintenance.rollUp(never);
    const expected = {
      ...{ events: 1, telemetry: 1, slices: 3, daily: 2, monthly: 2 },
      ...{ deadLetters: 1, jobRuns: 1, extractions: 1, playbacks: 0, cacheSlices: 0, audienceSlices: 0 },
    };
    expect(await rowsOf(prune(RETENTION_PRESETS.default, true))).toEqual(expected);
    expect(await rowsOf(prune(RETENTION_PRESETS.default))).toEqual(expected);
    expect(await rowsOf(prune(RETENTION_PRESETS.default, true))).toEqual(
      Object.fromEntries(Object.keys(expected).map((table) => [table, 0])),
    );
  });
});

describe('purging a video', () => {
  it('removes it with everything below, and takes its share out of every roll-up', async () => {
    await apply(start(1, 'gone', days(2)), sample(1, days(2), { wordsSeen: 7 }), event(1, days(2)));
    await apply(start(2, 'kept', days(2)), sample(2, days(2), { wordsSeen: 100 }));
    await s.store.maintenance.rollUp(never);
    const gone = (await s.store.immersion.getVideo('gone'))!.videoId;
    expect(await s.store.maintenance.purgeVideo(gone, never)).toEqual({ sessionsCount: 1, rowsCount: 2 });
    expect(await s.store.immersion.getVideo('gone')).toBeNull();
    expect(await s.store.immersion.getSession(uuid(1))).toBeNull();
    expect(await s.store.immersion.summarizeLifetime()).toMatchObject({
      sessionsCount: 1,
      counters: { wordsSeen: 100 },
    });
    const [day] = await s.store.immersion.listDailyRollups(0, 30_000, null);
    expect(day).toMatchObject({ sessionsCount: 1, wordsSeen: 100 });
    const [month] = await s.store.immersion.listMonthlyRollups(0, 999_999, null);
    expect(month).toMatchObject({ sessionsCount: 1, wordsSeen: 100 });
    for (const table of ['imm_session_telemetry', 'imm_session_slices', 'imm_session_totals', 'imm_videos']) {
      expect([table, await count(table)]).toEqual([table, 1]);
    }
  });

  it('does not happen by accident: a video with sessions cannot be deleted', async () => {
    await apply(start(1));
    const remove = s.backend.transact([{ sql: 'DELETE FROM imm_videos', params: [] }]);
    await expect(remove).rejects.toMatchObject({ code: s.backend.foreignKeyCode });
  });
});
