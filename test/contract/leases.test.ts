import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const MINUTE = 60_000;
const acquire = (owner: string, nowMs: number, isEarly = false) =>
  s.store.system.acquireLease('prune', owner, nowMs, nowMs + MINUTE, isEarly);

describe('a lease', () => {
  it('is held by one until it ends, and then by the next with a higher fencing number', async () => {
    const a = await acquire('a', T0);
    expect(a).toEqual({ name: 'prune', fencing: 1 });
    expect(await acquire('b', T0 + MINUTE - 1)).toBeNull();
    expect(await acquire('b', T0 + MINUTE - 1, true)).toBeNull();
    expect(await acquire('b', T0 + MINUTE)).toEqual({ name: 'prune', fencing: 2 });
  });

  it('is held as long as it is renewed; who lost it is told', async () => {
    const a = (await acquire('a', T0))!;
    expect(await s.store.system.renewLease(a, T0 + 3 * MINUTE)).toBe(true);
    expect(await acquire('b', T0 + 2 * MINUTE)).toBeNull();
    expect(await acquire('b', T0 + 3 * MINUTE)).not.toBeNull();
    expect(await s.store.system.renewLease(a, T0 + 9 * MINUTE)).toBe(false);
    expect(await s.store.system.settleLease(a, T0 + 9 * MINUTE)).toBe(false);
  });

  it('rests until the job is due again, but not for who asks for it', async () => {
    const a = (await acquire('a', T0))!;
    expect(await s.store.system.settleLease(a, T0 + 60 * MINUTE)).toBe(true);
    expect(await acquire('b', T0 + 59 * MINUTE)).toBeNull();
    expect(await acquire('b', T0 + 1, true)).toEqual({ name: 'prune', fencing: 2 });
  });

  it('goes to exactly one of many who ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, (_, i) => acquire(`o${i}`, T0)));
    expect(asked.filter((lease) => lease !== null)).toEqual([{ name: 'prune', fencing: 1 }]);
  });
});
