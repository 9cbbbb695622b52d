import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS, type RetentionDays } from '../../src/domain/retention.js';
import { DAY_MS, sliceOf } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
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
    await s.store.bury(sample(1, old + 1), 'POISON', 'x', old);
    const jobRunId = await s.store.system.startJobRun('prune', old);
    await s.store.system.finishJobRun({ jobRunId, status: 1, finishedAtMs: old, summary: null });
    await s.store.maintenance.rollUp(never);
    const expected = { events: 1, telemetry: 1, slices: 3, daily: 2, monthly: 2, deadLetters: 1, jobRuns: 1 };
    expect(await rowsOf(prune(RETENTION_PRESETS.default, true))).toEqual(expected);
    expect(await rowsOf(prune(RETENTION_PRESETS.default))).toEqual(expected);
    expect(await rowsOf(prune(RETENTION_PRESETS.default, true))).toEqual(
      Object.fromEntries(Object.keys(expected).map((table) => [table, 0])),
    );
  });
});

describe('while the watermark is raised', () => {
  const OLD = Date.parse('2024-02-10T10:00:00Z');
  /** Old samples arrive each time the prune has just rolled up everything. */
  const arriving = (times: number) => {
    const { transact } = s.backend;
    let left = times;
    s.backend.transact = async (statements, options) => {
      const isRaise = options?.guard?.sql.includes('FROM imm_dirty_slices') === true;
      if (isRaise && left > 0) {
        left -= 1;
        await transact.call(s.backend, [
          {
            sql: 'INSERT INTO imm_dirty_slices VALUES (1, ?) ON CONFLICT DO NOTHING',
            params: [sliceOf(OLD)],
          },
        ]);
      }
      return transact.call(s.backend, statements, options);
    };
  };
  beforeEach(() => apply(start(1, 'v1', OLD), sample(1, OLD, { wordsSeen: 5 })));

  it('old samples that arrive are rolled up first', async () => {
    arriving(3);
    expect(await rowsOf(prune({ slices: 365 }))).toMatchObject({ slices: 3 });
    expect(await s.rows('SELECT COUNT(*) FROM imm_dirty_slices')).toEqual([[0]]);
  });

  it('old samples that do not stop arriving put it off to another day', async () => {
    arriving(Number.POSITIVE_INFINITY);
    await expect(prune({ slices: 365 })).rejects.toMatchObject({ code: 'GUARD_FAILED' });
    expect(await count('imm_session_slices')).toBe(1);
  });
});

describe('slices that left retention', () => {
  const OLD = Date.parse('2024-02-10T10:00:00Z');

  it('go by whole months, and their sums stay in the lifetime', async () => {
    await apply(
      start(1, 'v1', OLD),
      sample(1, OLD, { wordsSeen: 5 }),
      sample(1, OLD + 900_000, { wordsSeen: 9 }),
    );
    await apply(start(2, 'v1', days(10)), sample(2, days(10), { wordsSeen: 100 }));
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(109);
    // Two session slices, and two roll-up slices each of the video and of all videos.
    expect(await rowsOf(prune({ slices: 365 }, true))).toMatchObject({ slices: 6 });
    expect(await rowsOf(prune({ slices: 365 }))).toMatchObject({ slices: 6 });
    expect(await s.store.immersion.summarizeLifetime()).toMatchObject({
      sessionsCount: 2,
      counters: { wordsSeen: 109 },
    });
    const video = (await s.store.immersion.getVideo('v1'))!.videoId;
    expect((await s.store.immersion.listVideoTotals([video], null))[0]).toMatchObject({
      counters: { wordsSeen: 109 },
    });
    expect((await s.store.immersion.listMonthlyRollups(202_402, 202_402, null))[0]).toMatchObject({
      wordsSeen: 9,
    });
    await prune({ slices: 365 });
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(109);
  });

  it('add to what earlier prunes set aside', async () => {
    const MARCH = Date.parse('2024-03-10T10:00:00Z');
    await apply(start(1, 'v1', OLD), sample(1, OLD, { wordsSeen: 5 }));
    await apply(start(2, 'v1', MARCH), sample(2, MARCH, { wordsSeen: 30 }));
    await prune({ slices: 365 }, false, Date.parse('2025-03-15T00:00:00Z'));
    const slices = () => s.rows('SELECT session_id, slice FROM imm_session_slices ORDER BY session_id');
    expect(await slices()).toEqual([
      [1, -1],
      [2, sliceOf(MARCH)],
    ]);
    await prune({ slices: 365 }, false, Date.parse('2025-04-15T00:00:00Z'));
    expect(await slices()).toEqual([
      [1, -1],
      [2, -1],
    ]);
    expect(await s.store.immersion.summarizeLifetime()).toMatchObject({
      sessionsCount: 2,
      counters: { wordsSeen: 35 },
    });
  });

  it('are still what a session that goes on is counted from', async () => {
    const before = Date.parse('2025-10-31T23:50:00Z');
    const after = Date.parse('2025-11-01T00:10:00Z');
    await apply(
      start(1, 'v1', before),
      sample(1, before, { wordsSeen: 40 }),
      sample(1, after, { wordsSeen: 50 }),
    );
    await prune({ slices: 365 }, false, Date.parse('2026-11-01T12:00:00Z'));
    await apply(sample(1, after + 60_000, { wordsSeen: 55 }));
    const [november] = await s.store.immersion.summarizeSlices(
      [{ from: sliceOf(after), to: sliceOf(T0) }],
      null,
    );
    expect(november?.counters.wordsSeen).toBe(15);
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(55);
  });

  it('of a session that comes back after years do not count twice', async () => {
    await apply(start(1, 'v1', OLD), sample(1, OLD, { wordsSeen: 40 }));
    await prune({ slices: 365 });
    await apply(sample(1, T0, { wordsSeen: 45 }));
    const [today] = await s.store.immersion.summarizeSlices(
      [{ from: sliceOf(T0), to: sliceOf(T0) + 1 }],
      null,
    );
    expect(today?.counters.wordsSeen).toBe(5);
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(45);
  });

  it('are frozen: what arrives for them later counts for life and moves no stored month', async () => {
    await apply(start(1, 'v1', OLD), sample(1, OLD, { wordsSeen: 40 }));
    await prune({ slices: 365 });
    const month = () => s.store.immersion.listMonthlyRollups(202_402, 202_402, null);
    const before = await month();
    await apply(sample(1, OLD + 60_000, { wordsSeen: 44 }), start(2, 'v1', OLD + 1));
    expect(await month()).toEqual(before);
    const session = (await s.store.immersion.getSession(uuid(1)))!;
    const [totals] = await s.store.immersion.listSessionTotals([session.sessionId]);
    expect(totals?.counters.wordsSeen).toBe(44);
    expect(await s.store.immersion.summarizeLifetime()).toMatchObject({
      sessionsCount: 2,
      counters: { wordsSeen: 44 },
    });
    // Nothing is kept for a slice that left, but the base from which the session goes on.
    await prune({ slices: 365 });
    expect(await s.rows('SELECT session_id, slice, words_seen FROM imm_session_slices')).toEqual([
      [1, -1, 44],
    ]);
    await s.store.maintenance.rebuildRollUps(never, () => undefined);
    expect(await month()).toEqual(before);
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(44);
  });
});

describe('a month that began before the watermark', () => {
  it('stays as it is when the zone changes: it cannot be computed from a part of itself', async () => {
    const october = Date.parse('2025-10-20T10:00:00Z');
    const november = Date.parse('2025-11-10T10:00:00Z');
    await apply(start(1, 'v1', october), sample(1, october, { wordsSeen: 10 }));
    await apply(start(2, 'v1', november), sample(2, november, { wordsSeen: 7 }));
    // The watermark is the beginning of November in UTC; in Tokyo November begins nine hours before.
    await prune({ slices: 365 }, false, Date.parse('2026-11-05T12:00:00Z'));
    const words = async (store: TestStore['store'], month: number) =>
      (await store.immersion.listMonthlyRollups(month, month, null))[0]?.wordsSeen;
    expect([await words(s.store, 202_510), await words(s.store, 202_511)]).toEqual([10, 7]);
    await s.store.close();
    await using tokyo = await openTestStore({ timezone: 'Asia/Tokyo' }, s.location);
    await tokyo.store.maintenance.rebuildRollUps(never, () => undefined);
    await tokyo.store.apply([[sample(2, november + 1, { wordsSeen: 9 })]], T0);
    expect([await words(tokyo.store, 202_510), await words(tokyo.store, 202_511)]).toEqual([10, 7]);
    const [day] = await tokyo.store.immersion.listDailyRollups(20_402, 20_402, null);
    expect(day?.wordsSeen).toBe(9);
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
