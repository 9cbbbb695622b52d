import { expect, it } from 'vitest';
import { createStatsStore } from '../../src/db/stats-store.js';
import { createBuilder } from '../../src/db/database.js';
import { sqliteFunctions } from '../../src/db/queries/sql-functions.js';
import { sqliteTables } from '../../src/schema/sqlite.js';
import { StorageError } from '../../src/domain/errors.js';
import { sliceOf } from '../../src/domain/time.js';
import type { Backend } from '../../src/db/backend.js';
import { end, sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore } from '../support/store.js';
const never = new AbortController().signal;
const DAY = 86_400_000;
const KEEP = { events: 0, telemetry: 0, slices: 0, daily: 0, monthly: 0, deadLetters: 0, jobRuns: 0 };
it('1 end before start', async () => {
  const run = async (cmds: any[]) => { await using s = await openTestStore(); for (const c of cmds) await s.store.apply([[c]], T0); return (await s.store.immersion.getSession(uuid(1)))!; };
  const a = start(1, 'v1', T0 + 100), b = start(1, 'v1', T0), e = end(1, T0 + 50);
  console.log((await run([a, e, b])).endedAtMs! - T0, (await run([a, b, e])).endedAtMs! - T0);
});
it('2 daily retention late', async () => {
  await using s = await openTestStore();
  const d = T0 - 400 * DAY;
  await s.store.apply([[start(1, 'v1', d), sample(1, d, { wordsSeen: 10 }), start(2, 'v2', d), sample(2, d, { wordsSeen: 100 })]], T0);
  await s.store.maintenance.prune({ ...KEEP, daily: 365 }, T0, { isDryRun: false }, never);
  console.log('after prune', (await s.store.immersion.listDailyRollups(0, 30000, null)).length);
  await s.store.apply([[sample(1, d + 1000, { wordsSeen: 11 })]], T0);
  console.log('late', JSON.stringify(await s.store.immersion.listDailyRollups(0, 30000, null)));
  const zone = await s.store.maintenance.rollUpZone();
  void zone;
});
it('2b monthly current: daily pruned does not hurt month', async () => {
  await using s = await openTestStore();
  const d = T0 - 2000 * DAY;
  await s.store.apply([[start(1, 'v1', d), sample(1, d, { wordsSeen: 10 }), start(2, 'v2', d), sample(2, d, { wordsSeen: 100 })]], T0);
  await s.store.maintenance.prune({ ...KEEP, monthly: 365 }, T0, { isDryRun: false }, never);
  await s.store.apply([[sample(1, d + 1000, { wordsSeen: 11 })]], T0);
  console.log('late month', JSON.stringify(await s.store.immersion.listMonthlyRollups(0, 300000, null)));
});
it('3 revive fails', async () => {
  await using s = await openTestStore();
  let fail = 0;
  const backend = new Proxy(s.backend as unknown as Backend, { get(t, p) { const v = (t as any)[p]; if (p === 'transact') return (...a: any[]) => { if (fail > 0 && JSON.stringify(a[0]).includes('DELETE FROM sys_dead_letters\\n        WHERE dead_letter_id IN')) { fail--; throw new StorageError('SQLITE_BUSY', 'busy', true); } return v.apply(t, a); }; return typeof v === 'function' ? v.bind(t) : v; } });
  const store = createStatsStore({ backend, tables: sqliteTables, builder: createBuilder(backend), functions: sqliteFunctions }, 'UTC');
  await store.apply([[sample(1, T0, { wordsSeen: 5 }), sample(1, T0 + 1, { wordsSeen: 6 })]], T0);
  fail = 5;
  const r = await store.apply([[start(1)]], T0).catch((e) => e);
  console.log('first', r);
  fail = 0;
  console.log('retry', JSON.stringify(await store.apply([[start(1)]], T0)));
  console.log('letters', await store.system.countDeadLetters(null), JSON.stringify((await store.immersion.summarizeLifetime()).counters.wordsSeen));
});
it('4 base lost on retry', async () => {
  for (const isBusy of [false, true]) {
  await using s = await openTestStore();
  let fail = 0;
  const backend = new Proxy(s.backend as unknown as Backend, { get(t, p) { const v = (t as any)[p]; if (p === 'transact') return (...a: any[]) => { if (fail > 0) { fail--; throw new StorageError('SQLITE_BUSY', 'busy', true); } return v.apply(t, a); }; return typeof v === 'function' ? v.bind(t) : v; } });
  const store = createStatsStore({ backend, tables: sqliteTables, builder: createBuilder(backend), functions: sqliteFunctions }, 'UTC');
  const d = T0 - 400 * DAY;
  await store.apply([[start(1, 'v1', d), sample(1, d, { wordsSeen: 100 })]], T0);
  await store.maintenance.prune({ ...KEEP, slices: 100 }, T0, { isDryRun: false }, never);
  const go = () => store.apply([[sample(1, T0, { wordsSeen: 101 })]], T0);
  if (isBusy) { fail = 1; await go().catch((e: unknown) => console.log(String(e))); }
  await go();
  console.log('gained', (await store.immersion.summarizeSlices([{ from: sliceOf(T0) - 1, to: sliceOf(T0) + 1 }], null))[0]!.counters.wordsSeen, 'lifetime', (await store.immersion.summarizeLifetime()).counters.wordsSeen);
  }
});
it('5 samples count', async () => {
  await using s = await openTestStore();
  const go = () => s.store.apply([[start(1, 'v1', T0 - 50 * DAY), sample(1, T0 - 50 * DAY, { wordsSeen: 5 })]], T0);
  await go();
  await s.store.maintenance.prune({ ...KEEP, telemetry: 30 }, T0, { isDryRun: false }, never);
  console.log(JSON.stringify((await go()).groups), JSON.stringify((await s.store.immersion.listSessionTotals([1]))[0]!.samplesCount));
  expect(1).toBe(1);
});
