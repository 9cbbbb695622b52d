import { afterEach, beforeEach, expect, it } from 'vitest';
import { FACT_TABLES } from '../../src/db/queries/analytics/fact-tables.js';
import { DAY_MS } from '../../src/domain/time.js';
import { end, event, sample, start, T0 } from '../support/commands.js';
import { isPlannerOnRecord, planOf, watchStatements, without } from '../support/plans.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  await s.store.apply(
    Array.from({ length: 40 }, (_, i) => {
      const [n, atMs] = [i + 1, T0 - i * DAY_MS];
      return [start(n, 'v1', atMs), sample(n, atMs + 1), event(n, atMs + 1), end(n, atMs + 2)];
    }),
    T0,
  );
  s = await without(['seqscan'], s);
});
afterEach(() => s[Symbol.asyncDispose]());

/** Any table from end to end; on SQLite what is grouped afterwards is no table. */
const WHOLE = /^SCAN (imm|trx|ply|agt)_|^Seq Scan on (imm|trx|ply|agt)_/;

it('windows of facts are found by an index on their key, in every table that is copied to the analytics engine', async () => {
  const watched = watchStatements(s);
  let record = '';
  for (const table of FACT_TABLES) {
    const window = { from: 10, to: 20 };
    await s.facts.firstKey(table, window);
    await s.facts.lastKey(table, 10);
    await s.facts.fingerprint(table, window);
    await s.backend.read(s.facts.windowQuery(table, window));
    record += `# ${table.name}\n`;
    for (const statement of watched.take()) {
      const plan = await planOf(s, statement);
      watched.take();
      record += plan.map((line) => `${line}\n`).join('');
      expect(
        plan.filter((line) => WHOLE.test(line)),
        statement.sql,
      ).toEqual([]);
    }
  }
  watched.stop();
  if (isPlannerOnRecord(s))
    await expect(record).toMatchFileSnapshot(`window-plans.${isPostgres ? 'postgres' : 'sqlite'}.txt`);
});
