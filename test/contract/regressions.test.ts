import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listCalendar, summarizeOverview } from '../../src/domain/immersion/statistics.js';
import { StorageError } from '../../src/domain/errors.js';
import { RETENTION_PRESETS, type RetentionDays } from '../../src/domain/retention.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { zoneOf } from '../../src/domain/zone.js';
import { end, sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { flakyStore } from '../model/flaky-backend.js';

/*
 * What the model, its permutations and the reading beside them found.
 */
const DAY = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;
const KEEP = RETENTION_PRESETS['keep-all'];
const at = (date: string): number => Date.parse(date);

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const send = async (...commands: WriteCommand[]): Promise<void> => {
  for (const command of commands) await s.store.apply([[command]], T0);
};
const prune = (windows: Partial<RetentionDays>, nowMs = T0) =>
  s.store.maintenance.prune({ ...KEEP, ...windows }, nowMs, { isDryRun: false }, never);
/** Slices before the first of a month go. */
const pruneSlicesBefore = (date: string) => prune({ slices: 1 }, at(date) + DAY);
const words = (n: number, date: string, wordsSeen: number) => sample(n, at(date), { wordsSeen });
const lifetime = async (store: StatsStore = s.store) => {
  const { sessionsCount, counters } = await store.immersion.summarizeLifetime();
  return [sessionsCount, counters.wordsSeen];
};

describe('the order of requests', () => {
  const late = start(1, 'v1', T0 + 100);
  const early = start(1, 'v1', T0);
  const ended = end(1, T0 + 50);
  const endOf = async () => (await s.store.immersion.getSession(uuid(1)))?.endedAtMs;

  it('does not matter for an end between two announcements of a start, when the early one comes first', async () => {
    await send(late, early, ended);
    expect(await endOf()).toBe(T0 + 50);
  });

  it('does not matter for an end before a start', async () => {
    await send(late, ended, early);
    expect(await endOf()).toBe(T0 + 50);
  });
});

describe('a late sample for a stored period that left retention', () => {
  const OLD = T0 - 400 * DAY;
  const fill = () =>
    send(
      ...[start(1, 'v1', OLD), sample(1, OLD, { wordsSeen: 10 })],
      ...[start(2, 'v2', OLD), sample(2, OLD, { wordsSeen: 100 })],
    );

  it('does not make a day of all videos out of one video', async () => {
    await fill();
    await prune({ daily: 365 });
    await send(sample(1, OLD + 1_000, { wordsSeen: 11 }));
    const rows = await s.store.immersion.listDailyRollups(0, 30_000, null);
    expect(rows.every(({ wordsSeen }) => wordsSeen === 111)).toBe(true);
  });

  it('does not make a month of all videos out of one video', async () => {
    await fill();
    await prune({ monthly: 365 });
    await send(sample(1, OLD + 1_000, { wordsSeen: 11 }));
    const rows = await s.store.immersion.listMonthlyRollups(0, 999_999, null);
    expect(rows.every(({ wordsSeen }) => wordsSeen === 111)).toBe(true);
  });
});

describe('what waited for its session', () => {
  const isRevival = (sql: string): boolean =>
    /DELETE FROM sys_dead_letters\s+WHERE dead_letter_id IN/.test(sql);

  // The revival is a transaction of its own after the flush; it was tried for sessions new in that flush only.
  it('is applied by a later start when the first revival failed', async () => {
    await send(sample(1, T0, { wordsSeen: 5 }));
    const busy = flakyStore(s.backend, (statements) => statements.some(({ sql }) => isRevival(sql)));
    await busy.apply([[start(1)]], T0).catch(() => undefined);
    await send(start(1));
    expect([await s.store.system.countDeadLetters(null), await lifetime()]).toEqual([0, [1, 5]]);
  });
});

describe('slices that left retention', () => {
  it('are not counted again after a flush that had to be repeated', async () => {
    await send(start(1, 'v1', at('2025-01-10')), words(1, '2025-01-10', 100));
    await pruneSlicesBefore('2025-02-01');
    let busyTimes = 1;
    const store = flakyStore(s.backend, () => (busyTimes -= 1) >= 0);
    const next = [[sample(1, T0, { wordsSeen: 101 })]];
    await expect(store.apply(next, T0)).rejects.toThrow('busy');
    await store.apply(next, T0);
    expect(await lifetime(store)).toEqual([1, 101]);
  });

  it('are not counted again when the session has a base from an earlier prune', async () => {
    await send(start(1, 'v1', at('2026-01-10')), words(1, '2026-01-10', 10), words(1, '2026-02-10', 50));
    await pruneSlicesBefore('2026-02-01');
    await pruneSlicesBefore('2026-03-01');
    await send(words(1, '2026-03-10', 60));
    expect(await lifetime()).toEqual([1, 60]);
  });

  // Found by the model (seed -2137466820).
  it('are the same base for a late session, whether the server restarts or not', async () => {
    const wordsWith = async (isRestarted: boolean) => {
      await using made = await openTestStore();
      await made.store.maintenance.prune(
        { ...KEEP, slices: 1 },
        at('2025-02-02'),
        { isDryRun: false },
        never,
      );
      await made.store.apply([[start(1, 'v1', at('2025-01-10'))]], T0);
      await made.store.apply([[words(1, '2025-01-10', 66)]], T0);
      const later = [[words(1, '2025-02-10', 253)]];
      if (!isRestarted) {
        await made.store.apply(later, T0);
        return await lifetime(made.store);
      }
      await using restarted = await openTestStore({}, made.location);
      await restarted.store.apply(later, T0);
      return await lifetime(restarted.store);
    };
    expect(await wordsWith(true)).toEqual(await wordsWith(false));
  });

  it('are not counted again when another process pruned them', async () => {
    await send(start(1, 'v1', at('2025-01-10')), words(1, '2025-01-10', 100));
    await using other = await openTestStore({}, s.location);
    const windows = { ...KEEP, slices: 1 };
    await other.store.maintenance.prune(windows, at('2025-02-02'), { isDryRun: false }, never);
    await send(sample(1, T0, { wordsSeen: 101 }));
    expect(await lifetime()).toEqual([1, 101]);
  });

  it('are in no range, not even in one that begins before 1970', async () => {
    await send(start(1, 'v1', at('2025-01-10')), words(1, '2025-01-10', 100));
    await pruneSlicesBefore('2025-02-01');
    const { previous } = await summarizeOverview(s.store.immersion, { from: 0, to: 2_000_000 });
    const [newYearsEve] = await listCalendar(s.store.immersion, -1, 0, zoneOf('UTC'));
    expect([previous.counters.wordsSeen, newYearsEve?.counters.wordsSeen]).toEqual([0, 0]);
  });

  it('do not swallow a session whose start turns out to lie in them', async () => {
    await send(start(1, 'v1', at('2025-02-01T00:10:00Z')), start(2, 'v1', at('2025-01-10')));
    await pruneSlicesBefore('2025-02-01');
    expect(await lifetime()).toEqual([2, 0]);
    await send(start(1, 'v1', at('2025-01-31T23:50:00Z')));
    expect(await lifetime()).toEqual([2, 0]);
  });

  it('do not keep a purged video in the months of all videos', async () => {
    await send(start(1, 'gone', at('2025-01-10')), words(1, '2025-01-10', 100));
    await send(start(2, 'kept', at('2025-01-10')), words(2, '2025-01-10', 7));
    await pruneSlicesBefore('2025-02-01');
    const gone = await s.store.immersion.getVideo('gone');
    await s.store.maintenance.purgeVideo(gone!.videoId, never);
    expect(await lifetime()).toEqual([1, 7]);
    const [month] = await s.store.immersion.listMonthlyRollups(202_501, 202_501, null);
    expect(month?.wordsSeen).toBe(7);
  });
});

describe('a request sent again after its samples left retention', () => {
  const request = [start(1, 'v1', T0 - 50 * DAY), sample(1, T0 - 50 * DAY, { wordsSeen: 5 })];

  it('changes no statistic', async () => {
    await send(...request);
    await prune({ telemetry: 30 });
    await send(...request);
    expect(await lifetime()).toEqual([1, 5]);
  });

  it('is not counted as a second sample', async () => {
    await send(...request);
    await prune({ telemetry: 30 });
    await send(...request);
    expect((await s.store.immersion.listSessionTotals([1]))[0]?.samplesCount).toBe(1);
  });
});

describe('a session that another process purged', () => {
  it('is looked up again by who remembered it: what comes for it waits as a dead letter', async () => {
    await send(start(1), sample(1, T0, { wordsSeen: 1 }), sample(1, T0 + 1, { wordsSeen: 2 }));
    await using other = await openTestStore({}, s.location);
    const video = (await other.store.immersion.getVideo('v1'))!;
    await other.store.maintenance.purgeVideo(video.videoId, never);
    const { groups } = await s.store.apply([[sample(1, T0 + 2, { wordsSeen: 3 })]], T0);
    expect(groups[0]?.refused.map(({ code }) => code)).toEqual(['SESSION_UNKNOWN']);
  });

  it('again and again is a failure, not an endless look-up', async () => {
    let tries = 0;
    const { foreignKeyCode } = s.backend;
    const store = flakyStore(s.backend, () => {
      tries += 1;
      throw new StorageError(foreignKeyCode, 'gone', false);
    });
    await expect(store.apply([[start(1)]], T0)).rejects.toMatchObject({ code: foreignKeyCode });
    expect(tries).toBe(3);
  });
});
