import { expect } from 'vitest';
import { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { FACT_TABLES } from '../../src/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../../src/db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../../src/db/queries/analytics/tombstone-statements.js';
import type { FactSource, FactTable } from '../../src/domain/analytics/engine.js';
import { T0 } from './commands.js';
import { FakeClock } from './fake-clock.js';
import type { TestStore } from './store.js';

/** Small windows, so that a few rows make many of them. */
const WINDOW_KEYS = 40;

const tablesOf = (windowKeys: number): FactTable[] =>
  FACT_TABLES.map((table) =>
    table.key === 'slice' ? table : { ...table, windowKeys, overlapKeys: windowKeys },
  );

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
    tables: tablesOf(windowKeys),
    source,
    sourceName,
    clock: new FakeClock(T0),
    toFactReader: (reader) => new FactWindows(reader),
    toCopyStatements,
  });

/**
 * Every column of every row that the engine is to hold is the store's, and what it derives is what its rows give now.
 * Answers how many rows each table has.
 */
export async function expectSameRows(s: TestStore, engine: DuckdbEngine): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const inOrder = (rows: readonly unknown[][]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();
  for (const { name, key, columns, windowKeys, derived } of tablesOf(WINDOW_KEYS)) {
    const list = Object.keys(columns).join(', ');
    // A base slice is below all windows of keys.
    const sql = `SELECT ${list} FROM ${name} WHERE ${key} >= 0`;
    const [there, here] = [await s.rows(sql), await engine.read({ sql, params: [] })];
    expect(inOrder(here), name).toEqual(inOrder(there));
    counts[name] = here.length;
    if (derived === undefined) continue;
    const made = await engine.read({ sql: derived.select(`${key} // ${windowKeys}`, 'TRUE'), params: [] });
    const kept = await engine.read({ sql: `SELECT * FROM ${derived.name}`, params: [] });
    expect(inOrder(kept), derived.name).toEqual(inOrder(made));
  }
  return counts;
}
