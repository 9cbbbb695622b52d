import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import { openTestStore, type TestStore } from '../support/store.js';

/** Held by the test: a transaction that asks for it stays uncommitted until the test lets go. */
const GATE = 4_713;
const WAIT: Statement = { sql: 'SELECT pg_advisory_xact_lock(?)', params: [GATE] };
const note = (key: string): Statement => ({
  sql: 'INSERT INTO sys_settings (key, value) VALUES (?, ?)',
  params: [key, 'noted'],
});

let first: TestStore;
let second: TestStore;
let gate: pg.Client;

beforeEach(async () => {
  first = await openTestStore();
  second = await openTestStore({}, first.location);
  gate = new pg.Client({ connectionString: first.location });
  await gate.connect();
  await gate.query('SELECT pg_advisory_lock($1)', [GATE]);
});
afterEach(async () => {
  await gate.end();
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

const untilWaiting = async (count: number): Promise<void> => {
  const waiting = `SELECT COUNT(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await gate.query<{ n: number }>(waiting)).rows[0]!.n < count);
};

it('transactions with the same lock take turns, also where no setting has its name', async () => {
  const ended: string[] = [];
  const turn = (s: TestStore, name: string, statements: readonly Statement[]) =>
    s.backend.transact(statements, { lock: 'test.turn' }).then(() => ended.push(name));
  const slow = turn(first, 'first', [note('a'), WAIT]);
  await untilWaiting(1);
  const waiting = turn(second, 'second', [note('b')]);
  await untilWaiting(2);
  // Another lock is no reason to wait.
  await second.backend.transact([note('c')], { lock: 'test.other' });
  expect(await second.rows("SELECT key FROM sys_settings WHERE value = 'noted'")).toEqual([['c']]);
  await gate.query('SELECT pg_advisory_unlock($1)', [GATE]);
  await Promise.all([slow, waiting]);
  expect(ended).toEqual(['first', 'second']);
});
