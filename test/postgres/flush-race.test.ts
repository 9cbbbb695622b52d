import { afterEach, beforeEach, expect, it } from 'vitest';
import { sample, start, T0, uuid } from '../support/commands.js';
import { LockGate } from '../support/lock-gate.js';
import { openTestStore, type TestStore } from '../support/store.js';

let a: TestStore;
let b: TestStore;
/** A flush that ends with it stays uncommitted, its rows locked. */
let gate: LockGate;
beforeEach(async () => {
  a = await openTestStore();
  b = await openTestStore({}, a.location);
  gate = await LockGate.open(a.location);
});
afterEach(async () => {
  await gate.close();
  await b[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
});

it('two instances that flush the same samples at once count each of them once', async () => {
  await a.store.apply([[start(1), start(2)]], T0);
  const { transact } = a.backend;
  a.backend.transact = (statements, options) => transact.call(a.backend, [...statements, gate.wait], options);
  await gate.hold();
  const commands = [sample(1, T0 + 10), sample(1, T0 + 20), sample(2, T0 + 10)];
  const first = a.store.apply([commands], T0);
  await gate.untilWaiting(1);
  // Begun before the first one is committed: it must not believe that its samples are the only ones.
  const second = b.store.apply([[...commands, sample(2, T0 + 30)]], T0);
  await gate.untilWaiting(2);
  await gate.letGo();
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
