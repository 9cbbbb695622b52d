import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import { sample, start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { failWith, FaultLine } from './faults.js';

/** What the session directory remembers at most (src/db/commands/session-directory.ts). */
const MAX_CACHED_SESSIONS = 20_000;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

describe('a flush with sessions of which some are remembered and some are looked up', () => {
  it('knows the remembered ones even when a prune ends meanwhile', async () => {
    await s.store.apply([[start(1), start(2)]], T0);
    await s.store.apply([[sample(1, T0 + 1)]], T0);
    const read = s.backend.read.bind(s.backend);
    let pruned = 0;
    s.backend.read = async (statement) => {
      const rows = await read(statement);
      if (pruned === 0 && statement.sql.includes('s.session_uuid = u.uuid')) {
        pruned += 1;
        const never = new AbortController().signal;
        await s.store.maintenance.prune(RETENTION_PRESETS['keep-all'], T0, { isDryRun: false }, never);
      }
      return rows;
    };
    const { groups } = await s.store.apply([[sample(1, T0 + 2), sample(2, T0 + 3)]], T0);
    expect(pruned).toBe(1);
    expect(groups).toEqual([{ stored: 2, duplicates: 0, refused: [] }]);
  });

  it('knows the remembered ones even when they are the first to be forgotten for others', async () => {
    const all = Array.from({ length: MAX_CACHED_SESSIONS + 1 }, (_, i) => i + 1);
    for (let done = 0; done < all.length; done += 1_000) {
      await s.store.apply([all.slice(done, done + 1_000).map((n) => start(n))], T0);
    }
    for (let done = 0; done < MAX_CACHED_SESSIONS; done += 1_000) {
      await s.store.apply([all.slice(done, done + 1_000).map((n) => sample(n, T0 + 1))], T0);
    }
    const { groups } = await s.store.apply(
      [[sample(1, T0 + 2), sample(MAX_CACHED_SESSIONS + 1, T0 + 3)]],
      T0,
    );
    expect(groups).toEqual([{ stored: 2, duplicates: 0, refused: [] }]);
  }, 60_000);
});

describe('a session that goes on after all its slices left retention', () => {
  const never = new AbortController().signal;
  const later = T0 + 200 * DAY_MS;
  const retention = { ...RETENTION_PRESETS['keep-all'], slices: 60 };

  it.each([
    ['succeeds', false],
    ['has to be tried again', true],
  ])('gains only what is new, when its first flush %s', async (_name, isRetried) => {
    await s.store.apply([[start(1), sample(1, T0 + 1, { wordsSeen: 100 })]], T0);
    await s.store.maintenance.prune(retention, later, { isDryRun: false }, never);
    const batch = [[sample(1, later, { wordsSeen: 130 })]];
    if (isRetried) {
      new FaultLine(s.backend).faults.push(failWith('SQLITE_BUSY', true));
      await expect(s.store.apply(batch, later)).rejects.toMatchObject({ isTransient: true });
    }
    await s.store.apply(batch, later);
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(130);
  });
});
