import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import { LockGate } from '../support/lock-gate.js';
import { openTestStore, type TestStore } from '../support/store.js';

const note = (key: string): Statement => ({
  sql: 'INSERT INTO sys_settings (key, value) VALUES (?, ?)',
  params: [key, 'noted'],
});

let first: TestStore;
let second: TestStore;
let gate: LockGate;

beforeEach(async () => {
  first = await openTestStore();
  second = await openTestStore({}, first.location);
  gate = await LockGate.open(first.location);
  await gate.hold();
});
afterEach(async () => {
  await gate.close();
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

it('transactions with the same lock take turns, also where no setting has its name', async () => {
  const ended: string[] = [];
  const turn = (s: TestStore, name: string, statements: readonly Statement[]) =>
    s.backend.transact(statements, { lock: 'test.turn' }).then(() => ended.push(name));
  const slow = turn(first, 'first', [note('a'), gate.wait]);
  await gate.untilWaiting(1);
  const waiting = turn(second, 'second', [note('b')]);
  await gate.untilWaiting(2);
  // Another lock is no reason to wait.
  await second.backend.transact([note('c')], { lock: 'test.other' });
  expect(await second.rows("SELECT key FROM sys_settings WHERE value = 'noted'")).toEqual([['c']]);
  await gate.letGo();
  await Promise.all([slow, waiting]);
  expect(ended).toEqual(['first', 'second']);
});
