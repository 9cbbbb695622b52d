import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SLICE_MS } from '../../src/domain/time.js';
import { sample, start, T0 } from '../support/commands.js';
import { LockGate } from '../support/lock-gate.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;

let flushing: TestStore;
let purging: TestStore;
/** A transaction that ends with it stays uncommitted, its rows locked. */
let gate: LockGate;
beforeEach(async () => {
  flushing = await openTestStore();
  purging = await openTestStore({}, flushing.location);
  gate = await LockGate.open(flushing.location);
  await flushing.store.apply([[start(1), sample(1, T0 + 1)]], T0);
  await gate.hold();
});
afterEach(async () => {
  await gate.close();
  await purging[Symbol.asyncDispose]();
  await flushing[Symbol.asyncDispose]();
});

/** Transactions with such a statement stop right before their commit, or before that statement. */
function stop({ backend }: TestStore, matches: RegExp, where: 'at commit' | 'before it' = 'at commit'): void {
  const { transact } = backend;
  const { wait } = gate;
  backend.transact = (statements, options) => {
    const place = statements.findIndex(({ sql }) => matches.test(sql));
    const end = where === 'at commit' ? statements.length : place;
    const stopped = place === -1 ? statements : [...statements.slice(0, end), wait, ...statements.slice(end)];
    return transact.call(backend, stopped, options);
  };
}

const left = async () => {
  const count = async (table: string) =>
    Number((await purging.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);
  const tables = ['imm_videos', 'imm_sessions', 'imm_session_telemetry', 'imm_session_slices'];
  return Promise.all(tables.map(count));
};

describe('samples have no foreign key here, but', () => {
  it('no constraint names their table, so what follows tests what it says', async () => {
    const keys = `SELECT COUNT(*) FROM pg_constraint
      WHERE contype = 'f' AND conrelid = 'imm_session_telemetry'::regclass`;
    expect(await purging.rows(keys)).toEqual([[0]]);
  });

  it.each([
    ['a slice that is there', T0 + 2],
    ['a new slice', T0 + 3 * SLICE_MS],
  ])('a purge that meets a flush before its commit (%s) leaves no sample of it', async (_what, sampleMs) => {
    stop(flushing, /imm_session_telemetry/);
    const flush = flushing.store.apply([[sample(1, sampleMs)]], T0);
    await gate.untilWaiting(1);
    const purge = purging.store.maintenance.purgeVideo(1, never);
    await gate.untilWaiting(2);
    await gate.letGo();
    const { groups } = await flush;
    expect(groups[0]).toMatchObject({ stored: 1, refused: [] });
    expect(await purge).toMatchObject({ sessionsCount: 1 });
    expect(await left()).toEqual([0, 0, 0, 0]);
  });

  it.each([
    ['a slice that is there', T0 + 2],
    ['a new slice', T0 + 3 * SLICE_MS],
  ])(
    'a flush that meets a purge before its commit (%s) is told that there is no session',
    async (_what, sampleMs) => {
      // So that the flush names the session by its id.
      await flushing.store.apply([[sample(1, T0 + 1)]], T0);
      stop(purging, /DELETE FROM imm_sessions/);
      const purge = purging.store.maintenance.purgeVideo(1, never);
      await gate.untilWaiting(1);
      const flush = flushing.store.apply([[sample(1, sampleMs)]], T0);
      await gate.untilWaiting(2);
      await gate.letGo();
      const { groups } = await flush;
      expect(groups[0]?.refused.map(({ code }) => code)).toEqual(['SESSION_UNKNOWN']);
      await purge;
      expect(await left()).toEqual([0, 0, 0, 0]);
    },
  );

  it('a session that is started while its video goes is purged with its samples', async () => {
    const read = purging.backend.read.bind(purging.backend);
    let startedCount = 0;
    purging.backend.read = async (statement) => {
      const rows = await read(statement);
      const isLast = statement.sql.includes('FROM imm_sessions WHERE video_id') && rows.length === 0;
      if (isLast && startedCount === 0) {
        startedCount += 1;
        await flushing.store.apply([[start(2), sample(2, T0 + 2)]], T0);
      }
      return rows;
    };
    expect(await purging.store.maintenance.purgeVideo(1, never)).toEqual({ sessionsCount: 2, rowsCount: 2 });
    expect(startedCount).toBe(1);
    expect(await left()).toEqual([0, 0, 0, 0]);
  });

  it.each(['before it', 'at commit'] as const)(
    'a month that moves out of the default part while its video goes leaves none behind (%s)',
    async (where) => {
      // Far from the parts that are made ahead: it lies in the default part.
      const lateMs = Date.UTC(2027, 5, 15);
      const { transact } = purging.backend;
      const moves: Promise<unknown>[] = [];
      purging.backend.transact = async (statements, options) => {
        const isLast = statements.some(({ sql }) => sql.startsWith('DELETE FROM imm_sessions'));
        if (isLast && moves.length === 0) {
          // Its chunks of samples are done. One comes late, and is on its way from one part to another.
          await flushing.store.apply([[sample(1, lateMs)]], T0);
          stop(flushing, /ATTACH PARTITION/, where);
          moves.push(flushing.store.maintenance.ensurePartitions(lateMs));
          await gate.untilWaiting(1);
        }
        return transact.call(purging.backend, statements, options);
      };
      const purge = purging.store.maintenance.purgeVideo(1, never);
      await gate.untilWaiting(2);
      await gate.letGo();
      await Promise.all([...moves, purge]);
      expect(moves).toHaveLength(1);
      expect(await left()).toEqual([0, 0, 0, 0]);
    },
  );
});
