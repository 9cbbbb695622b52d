import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS, type RetentionDays } from '../../src/domain/retention.js';
import { DAY_MS, sliceOf } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { sample, start, T0, uuid } from '../support/commands.js';
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
