import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoProcesses } from '../../src/cli/demo-processes.js';
import { T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

it('the runs of agents in the demo are taken whole by storage, and are the same every time', async () => {
  const runs = [...demoProcesses(30, T0)];
  expect(runs).toEqual([...demoProcesses(30, T0)]);
  const commands = runs.flat();
  const count = (kind: string): number => commands.filter((command) => command.kind === kind).length;
  expect(count('startProcess')).toBeGreaterThan(20);
  const results = await s.store.apply(runs, T0);
  expect(JSON.stringify(results)).not.toMatch(/SESSION_UNKNOWN|ILLEGAL_TRANSITION/);
  const number = async (sql: string): Promise<number> => Number((await s.rows(sql))[0]?.[0]);
  expect(await number('SELECT COUNT(*) FROM agt_extractions')).toBe(count('recordExtraction'));
  expect(await number('SELECT COUNT(*) FROM agt_process_sessions WHERE ended_at_ms IS NOT NULL')).toBe(
    runs.length,
  );
  expect(await number('SELECT COUNT(*) FROM agt_process_sessions WHERE exit_code = 1')).toBeGreaterThan(0);
  expect(await number('SELECT COUNT(DISTINCT risk_level) FROM agt_extractions')).toBe(5);
});
