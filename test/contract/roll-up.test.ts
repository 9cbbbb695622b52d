import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daySlices } from '../../src/domain/bucket.js';
import { parseDay, sliceOf, type SliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { end, sample, start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const apply = (...commands: WriteCommand[]) => s.store.apply([commands], T0);
const at = (iso: string) => Date.parse(iso);
const day = (text: string) => parseDay(text)!;
const words = async (range: SliceRange, videoIds: number[] | null = null) =>
  (await s.store.immersion.summarizeSlices([range], videoIds))[0]!.counters.wordsSeen;
const daily = async (from: string, to: string, videoId: number | null = null) =>
  (await s.store.immersion.listDailyRollups(day(from), day(to), videoId)).map(
    ({ key, sessionsCount, wordsSeen }) => [
      new Date(key * 86_400_000).toISOString().slice(5, 10),
      sessionsCount,
      wordsSeen,
    ],
  );
const isDirty = async () => (await s.rows('SELECT COUNT(*) FROM imm_dirty_slices'))[0]?.[0] !== 0;

describe('roll-ups', () => {
  it('split a session over midnight: it counts where it started, its words where they were read', async () => {
    await apply(
      start(1, 'v1', at('2026-11-20T23:50:00Z')),
      sample(1, at('2026-11-20T23:55:00Z'), { wordsSeen: 30, activeWatchedMs: 300_000 }),
      sample(1, at('2026-11-21T00:10:00Z'), { wordsSeen: 100, activeWatchedMs: 1_200_000 }),
    );
    expect(await daily('2026-11-20', '2026-11-21')).toEqual([
      ['11-20', 1, 30],
      ['11-21', 0, 70],
    ]);
  });

  it('answer with what was committed before the question, rolled up or not', async () => {
    await apply(start(1), sample(1, T0 + 1, { wordsSeen: 5 }));
    expect(await isDirty()).toBe(true);
    const range = { from: sliceOf(T0), to: sliceOf(T0) + 1 };
    expect(await words(range)).toBe(5);
    expect(await isDirty()).toBe(false);
    await apply(sample(1, T0 + 2, { wordsSeen: 8 }));
    expect(await words(range)).toBe(8);
  });

  it('never fall when a client counts from the beginning again', async () => {
    await apply(start(1), sample(1, T0, { wordsSeen: 50 }), sample(1, T0 + 900_000, { wordsSeen: 10 }));
    await apply(sample(1, T0 + 1_800_000, { wordsSeen: 60 }));
    const slice = sliceOf(T0);
    expect(await words({ from: slice, to: slice + 1 })).toBe(50);
    expect(await words({ from: slice + 1, to: slice + 2 })).toBe(0);
    expect(await words({ from: slice + 2, to: slice + 3 })).toBe(10);
  });

  it('are repaired by a late sample: it moves what later slices gained', async () => {
    await apply(start(1), sample(1, T0, { wordsSeen: 10 }), sample(1, T0 + 2 * 900_000, { wordsSeen: 100 }));
    const slice = sliceOf(T0);
    expect(await words({ from: slice + 2, to: slice + 3 })).toBe(90);
    await apply(sample(1, T0 + 900_000, { wordsSeen: 70 }));
    expect(await words({ from: slice + 1, to: slice + 2 })).toBe(60);
    expect(await words({ from: slice + 2, to: slice + 3 })).toBe(30);
  });

  it('move a session to its earlier start', async () => {
    await apply(start(1, 'v1', at('2026-11-21T00:05:00Z')));
    expect(await daily('2026-11-19', '2026-11-22')).toEqual([['11-21', 1, 0]]);
    await apply(start(1, 'v1', at('2026-11-20T23:55:00Z')));
    expect(await daily('2026-11-19', '2026-11-22')).toEqual([['11-20', 1, 0]]);
  });

  it('count a session that starts on the edge of a slice once', async () => {
    const edge = sliceOf(T0) * 900_000;
    await apply(start(1, 'v1', edge - 900_000), start(2, 'v1', edge));
    const runs = [-2, -1, 0, 1].map((offset) => ({
      from: sliceOf(edge) + offset,
      to: sliceOf(edge) + offset + 1,
    }));
    const sums = await s.store.immersion.summarizeSlices(runs, null);
    expect(sums.map(({ sessionsCount }) => sessionsCount)).toEqual([0, 1, 1, 0]);
  });

  it('of all videos are the sum of the videos', async () => {
    await apply(start(1, 'a'), start(2, 'b'), start(3, 'b'));
    await apply(
      sample(1, T0, { wordsSeen: 1 }),
      sample(2, T0, { wordsSeen: 10 }),
      sample(3, T0, { wordsSeen: 100 }),
    );
    const range = { from: sliceOf(T0), to: sliceOf(T0) + 1 };
    const a = (await s.store.immersion.getVideo('a'))!.videoId;
    const b = (await s.store.immersion.getVideo('b'))!.videoId;
    expect([
      await words(range),
      await words(range, [a]),
      await words(range, [b]),
      await words(range, [a, b]),
    ]).toEqual([111, 1, 110, 111]);
    expect(await daily('2026-11-21', '2026-11-21')).toEqual([['11-21', 3, 111]]);
    expect(await daily('2026-11-21', '2026-11-21', b)).toEqual([['11-21', 2, 110]]);
    const top = await s.store.immersion.listTopVideos(range, 'wordsSeen', 1);
    expect(top.map(({ videoId }) => videoId)).toEqual([b]);
  });

  it('keep their ratios null where there is nothing to divide by', async () => {
    await apply(start(1), sample(1, T0, { wordsSeen: 5 }));
    const [row] = await s.store.immersion.listDailyRollups(day('2026-11-21'), day('2026-11-21'), null);
    expect(row).toMatchObject({ cardsPerHour: null, wordsPerMin: null, lookupHitRate: null });
    await apply(
      sample(1, T0 + 1, {
        wordsSeen: 30,
        activeWatchedMs: 120_000,
        cardsMined: 2,
        lookupCount: 4,
        lookupHits: 3,
      }),
    );
    const [next] = await s.store.immersion.listDailyRollups(day('2026-11-21'), day('2026-11-21'), null);
    expect(next).toMatchObject({ activeMin: 2, cardsPerHour: 60, wordsPerMin: 15, lookupHitRate: 0.75 });
  });

  it('of months are the sums of their days', async () => {
    await apply(start(1, 'v1', at('2026-10-31T23:00:00Z')));
    await apply(
      sample(1, at('2026-10-31T23:30:00Z'), { wordsSeen: 7 }),
      sample(1, at('2026-11-01T00:30:00Z'), { wordsSeen: 20 }),
    );
    const months = await s.store.immersion.listMonthlyRollups(202_610, 202_611, null);
    expect(months.map(({ key, sessionsCount, wordsSeen }) => [key, sessionsCount, wordsSeen])).toEqual([
      [202_610, 1, 7],
      [202_611, 0, 13],
    ]);
  });

  it('only touch what is dirty', async () => {
    for (let n = 1; n <= 5; n += 1) await apply(start(n, `v${n}`), sample(n, T0, { wordsSeen: n }));
    await s.store.maintenance.rollUp(never);
    await apply(sample(3, T0 + 1, { wordsSeen: 33 }));
    const report = await s.store.maintenance.rollUp(never);
    // The video's cell and that of all videos.
    expect(report).toEqual({ cellsCount: 2, daysCount: 1, monthsCount: 1 });
    expect((await s.store.maintenance.rollUp(never)).cellsCount).toBe(0);
  });

  it('are the same after a rebuild, and in another zone after the zone changed', async () => {
    await apply(
      start(1, 'v1', at('2026-11-20T20:00:00Z')),
      sample(1, at('2026-11-20T20:10:00Z'), { wordsSeen: 9 }),
    );
    const before = await daily('2026-11-19', '2026-11-22');
    expect(before).toEqual([['11-20', 1, 9]]);
    const steps: number[] = [];
    await s.store.maintenance.rebuildRollUps(never, (done) => steps.push(done));
    expect(await daily('2026-11-19', '2026-11-22')).toEqual(before);
    expect(steps.length).toBeGreaterThan(0);
    await s.store.close();
    await using tokyo = await openTestStore({ timezone: 'Asia/Tokyo' }, s.location);
    expect(await tokyo.store.maintenance.rollUpZone()).toBe('UTC');
    await tokyo.store.maintenance.rebuildRollUps(never, () => undefined);
    expect(await tokyo.store.maintenance.rollUpZone()).toBe('Asia/Tokyo');
    const rows = await tokyo.store.immersion.listDailyRollups(day('2026-11-19'), day('2026-11-22'), null);
    expect(rows.map(({ key, wordsSeen }) => [key, wordsSeen])).toEqual([[day('2026-11-21'), 9]]);
  });

  it('count days of 23 and 25 hours whole', async () => {
    const zone = zoneOf('America/New_York');
    const commands: WriteCommand[] = [start(1, 'v1', at('2026-11-01T04:00:00Z'))];
    for (let i = 0; i < 25 * 4; i += 1) {
      commands.push(sample(1, at('2026-11-01T04:00:00Z') + i * 900_000, { wordsSeen: i + 1 }));
    }
    await apply(...commands, end(1, at('2026-11-02T05:00:00Z')));
    const autumn = daySlices(day('2026-11-01'), zone);
    expect(autumn.to - autumn.from).toBe(100);
    expect(await words(autumn)).toBe(100);
    expect(daySlices(day('2026-03-08'), zone).to - daySlices(day('2026-03-08'), zone).from).toBe(92);
  });
});

describe('another process that raises the watermark', () => {
  const raised =
    "INSERT INTO sys_settings VALUES ('imm.frozen_before_slice', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  /** Between the compilation of a roll-up and its transaction. */
  const raising = (times: number) => {
    const { transact } = s.backend;
    let done = 0;
    s.backend.transact = async (statements, options) => {
      if (options?.guard !== undefined && done < times) {
        done += 1;
        await transact.call(s.backend, [{ sql: raised, params: [String(done)] }]);
      }
      return transact.call(s.backend, statements, options);
    };
  };
  beforeEach(async () => {
    await apply(start(1), sample(1, T0, { wordsSeen: 5 }));
  });

  it('once makes the roll-up be compiled again', async () => {
    raising(2);
    await s.store.maintenance.rollUp(never);
    expect(await isDirty()).toBe(false);
    expect(await words({ from: sliceOf(T0), to: sliceOf(T0) + 1 })).toBe(5);
  });

  it('again and again makes it give up, and everything stays dirty', async () => {
    raising(Number.POSITIVE_INFINITY);
    await expect(s.store.maintenance.rollUp(never)).rejects.toMatchObject({ code: 'GUARD_FAILED' });
    expect(await isDirty()).toBe(true);
  });
});
