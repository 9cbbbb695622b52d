import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

/** Held by the test: a flush that ends with it stays uncommitted, its rows locked, until the test lets go. */
const GATE = 4_711;

let a: TestStore;
let b: TestStore;
let gate: pg.Client;
beforeEach(async () => {
  a = await openTestStore();
  b = await openTestStore({}, a.location);
  gate = new pg.Client({ connectionString: a.location });
  await gate.connect();
});
afterEach(async () => {
  await gate.end();
  await b[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
});

const untilWaiting = async (count: number): Promise<void> => {
  const waiting = `SELECT COUNT(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await gate.query<{ n: number }>(waiting)).rows[0]!.n < count);
};

it('two instances that flush the same samples at once count each of them once', async () => {
  await a.store.apply([[start(1), start(2)]], T0);
  const { transact } = a.backend;
  a.backend.transact = (statements, options) =>
    transact.call(
      a.backend,
      [...statements, { sql: 'SELECT pg_advisory_xact_lock(?)', params: [GATE] }],
      options,
    );
  await gate.query('SELECT pg_advisory_lock($1)', [GATE]);
  const commands = [sample(1, T0 + 10), sample(1, T0 + 20), sample(2, T0 + 10)];
  const first = a.store.apply([commands], T0);
  await untilWaiting(1);
  // Begun before the first one is committed: it must not believe that its samples are the only ones.
  const second = b.store.apply([[...commands, sample(2, T0 + 30)]], T0);
  await untilWaiting(2);
  await gate.query('SELECT pg_advisory_unlock($1)', [GATE]);
  const outcomes = await Promise.all([first, second]);
  expect(outcomes.map(({ groups: [group] }) => [group!.stored, group!.duplicates])).toEqual([
    [3, 0],
    [1, 3],
  ]);
  const ids = await Promise.all(
    [1, 2].map(async (n) => (await b.store.immersion.getSession(uuid(n)))!.sessionId),
  );
  const totals = await b.store.immersion.listSessionTotals(ids);
  expect(totals.map(({ samplesCount }) => samplesCount)).toEqual([2, 2]);
});
