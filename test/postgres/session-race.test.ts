import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let a: TestStore;
let b: TestStore;
beforeEach(async () => {
  a = await openTestStore();
  b = await openTestStore({}, a.location);
});
afterEach(async () => {
  await b[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
});

describe('a sample at one instance while another one starts its session', () => {
  it('does not wait for ever: whoever comes last applies it', async () => {
    const { transact } = a.backend;
    let startedCount = 0;
    a.backend.transact = async (statements, options) => {
      // The look-up of this flush found no session; the other instance starts it, and finds nothing that waits.
      if (startedCount === 0) {
        startedCount += 1;
        expect((await b.store.apply([[start(1)]], T0)).revivedCount).toBe(0);
      }
      return transact.call(a.backend, statements, options);
    };
    const outcome = await a.store.apply([[sample(1, T0 + 1, { wordsSeen: 5 })]], T0);
    expect(outcome).toMatchObject({ revivedCount: 1 });
    expect(await a.store.system.countDeadLetters(null)).toBe(0);
    const { sessionId } = (await b.store.immersion.getSession(uuid(1)))!;
    expect((await b.store.immersion.listSessionTotals([sessionId]))[0]).toMatchObject({ samplesCount: 1 });
  });

  it('of a session that nobody started is looked for once, and stays one letter', async () => {
    const outcome = await a.store.apply([[sample(9, T0)]], T0);
    expect(outcome.revivedCount).toBe(0);
    expect(await a.rows('SELECT dead_letter_id FROM sys_dead_letters')).toEqual([[1]]);
  });
});
