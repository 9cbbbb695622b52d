import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import { SLICE_MS } from '../../src/domain/time.js';
import { sample, start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

/** Held by the test: a transaction that ends with it stays uncommitted, its rows locked, until the test lets go. */
const GATE = 4_712;
const never = new AbortController().signal;

let flushing: TestStore;
let purging: TestStore;
let gate: pg.Client;
beforeEach(async () => {
  flushing = await openTestStore();
  purging = await openTestStore({}, flushing.location);
  gate = new pg.Client({ connectionString: flushing.location });
  await gate.connect();
  await flushing.store.apply([[start(1), sample(1, T0 + 1)]], T0);
  await gate.query('SELECT pg_advisory_lock($1)', [GATE]);
});
afterEach(async () => {
  await gate.end();
  await purging[Symbol.asyncDispose]();
  await flushing[Symbol.asyncDispose]();
});

const letGo = () => gate.query('SELECT pg_advisory_unlock($1)', [GATE]);

const untilWaiting = async (count: number): Promise<void> => {
  const waiting = `SELECT COUNT(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await gate.query<{ n: number }>(waiting)).rows[0]!.n < count);
};

/** Transactions with such a statement stop right before their commit, or before that statement. */
function stop({ backend }: TestStore, matches: RegExp, where: 'at commit' | 'before it' = 'at commit'): void {
  const { transact } = backend;
  const wait: Statement = { sql: 'SELECT pg_advisory_xact_lock(?)', params: [GATE] };
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
    await untilWaiting(1);
    const purge = purging.store.maintenance.purgeVideo(1, never);
    await untilWaiting(2);
    await letGo();
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
      await untilWaiting(1);
      const flush = flushing.store.apply([[sample(1, sampleMs)]], T0);
      await untilWaiting(2);
      await letGo();
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
          await untilWaiting(1);
        }
        return transact.call(purging.backend, statements, options);
      };
      const purge = purging.store.maintenance.purgeVideo(1, never);
      await untilWaiting(2);
      await letGo();
      await Promise.all([...moves, purge]);
      expect(moves).toHaveLength(1);
      expect(await left()).toEqual([0, 0, 0, 0]);
    },
  );
});
