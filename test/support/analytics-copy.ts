import { expect } from 'vitest';
import { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { FACT_TABLES } from '../../src/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../../src/db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../../src/db/queries/analytics/tombstone-statements.js';
import type { FactSource } from '../../src/domain/analytics/engine.js';
import { T0 } from './commands.js';
import { FakeClock } from './fake-clock.js';
import type { TestStore } from './store.js';

/** Small windows, so that a few rows make many of them. */
const WINDOW_KEYS = 40;

/** An engine with one thread and little memory on the given file. */
export const openTestEngine = (
  file: string,
  source: FactSource,
  sourceName = 'test',
  windowKeys = WINDOW_KEYS,
): Promise<DuckdbEngine> =>
  DuckdbEngine.open({
    file,
    memoryBytes: 128 * 1_048_576,
    threads: 1,
    tables: FACT_TABLES.map((table) =>
      table.key === 'slice' ? table : { ...table, windowKeys, overlapKeys: windowKeys },
    ),
    source,
    sourceName,
    clock: new FakeClock(T0),
    toFactReader: (reader) => new FactWindows(reader),
    toCopyStatements,
  });

/** Every column of every row that the engine is to hold is the store's. Answers how many rows each table has. */
export async function expectSameRows(s: TestStore, engine: DuckdbEngine): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, columns } of FACT_TABLES) {
    const list = Object.keys(columns).join(', ');
    const sql = `SELECT ${list} FROM ${name}`;
    const [there, here] = [await s.rows(sql), await engine.read({ sql, params: [] })];
    const inOrder = (rows: readonly unknown[][]): string[] =>
      rows.map((row) => JSON.stringify(row)).toSorted();
    expect(inOrder(here), name).toEqual(inOrder(there));
    counts[name] = here.length;
  }
  return counts;
}
