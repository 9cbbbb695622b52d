import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.js';
import { end, sample, start, T0 } from '../support/commands.js';
import { openSqliteTestStore } from '../support/store.js';
import { Installation } from './kinostat-process.js';

let kinostat: Installation;
let settings: Record<string, string>;

beforeEach(async () => {
  kinostat = await Installation.create();
  settings = {
    KINOSTAT_ANALYTICS: 'duckdb',
    KINOSTAT_ANALYTICS_FILE: join(kinostat.folder, 'copy.duckdb'),
    KINOSTAT_ANALYTICS_MEMORY_MB: '128',
  };
  await kinostat.run(['migrate']);
  await using s = await openSqliteTestStore({}, kinostat.file);
  await s.store.apply(
    [
      [0, 1, 1, 3].flatMap((days, i) => [
        start(i + 1, 'v1', T0 + days * DAY_MS),
        sample(i + 1, T0 + days * DAY_MS + MINUTE_MS, { wordsSeen: 10 + i }),
        end(i + 1, T0 + days * DAY_MS + 5 * MINUTE_MS),
      ]),
    ],
    T0,
  );
});
afterEach(() => kinostat[Symbol.asyncDispose]());

describe('kinostat analytics', () => {
  it('makes the copy anew and tells how far it is', async () => {
    const rebuilt = await kinostat.run(['analytics', 'rebuild', '--json'], settings);
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ isInterrupted: false });
    const { stdout } = await kinostat.run(['analytics', 'status', '--json'], settings);
    const { tables } = JSON.parse(stdout) as {
      tables: { name: string; rowCount: number; syncedAtMs: number | null }[];
    };
    expect(tables.find(({ name }) => name === 'imm_session_telemetry')?.rowCount).toBe(4);
    expect(tables.every(({ syncedAtMs }) => syncedAtMs !== null)).toBe(true);
  });
});
