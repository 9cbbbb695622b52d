import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { FACT_TABLES } from '../../src/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../../src/db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../../src/db/queries/analytics/tombstone-statements.js';
import { start, T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openSqliteTestStore, temporaryFolder, type SqliteTestStore } from '../support/store.js';

const MIB = 1_048_576;
/** The least that can be configured. */
const MEMORY_BYTES = 64 * MIB;
/** Their JSON alone is a fifth of the limit. */
const ROWS = 300_000;
const go = new AbortController().signal;

let s: SqliteTestStore;
let folder: string;
beforeEach(async () => {
  s = await openSqliteTestStore();
  folder = await temporaryFolder();
});
afterEach(async () => {
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('a copy of hundreds of thousands of facts, and their reconcile, stay within the memory limit', async () => {
  await s.store.apply([[start(1)]], T0);
  await s.backend.transact([
    {
      sql: `INSERT INTO trx_results (video_id, attempt_ms, origin, extraction_ms, extracted_at_ms, recorded_at_ms)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
        SELECT v.video_id, n.i, 2, n.i * 7919 % 30011, ${T0} - n.i * 97, ${T0} FROM n CROSS JOIN imm_videos v`,
      params: [],
    },
  ]);
  const used: number[] = [];
  const engine: DuckdbEngine = await DuckdbEngine.open({
    file: join(folder, 'analytics.duckdb'),
    memoryBytes: MEMORY_BYTES,
    threads: 2,
    tables: FACT_TABLES,
    source: {
      firstKey: (...args) => s.facts.firstKey(...args),
      lastKey: (...args) => s.facts.lastKey(...args),
      async fingerprint(...args) {
        used.push(await inUse());
        return s.facts.fingerprint(...args);
      },
      listTombstones: (...args) => s.facts.listTombstones(...args),
      address: s.facts.address,
      windowQuery: (...args) => s.facts.windowQuery(...args),
    },
    sourceName: 'memory',
    clock: new FakeClock(T0),
    toFactReader: (reader) => new FactWindows(reader),
    toCopyStatements,
  });
  const ask = async (sql: string) => (await engine.read({ sql, params: [] }))[0] ?? [];
  const inUse = async () => Number((await ask('SELECT SUM(memory_usage_bytes) FROM duckdb_memory()'))[0]);
  try {
    expect(await ask("SELECT current_setting('memory_limit')")).toEqual(['64.0 MiB']);
    expect((await engine.sync(go)).rowCount).toBeGreaterThanOrEqual(ROWS);
    await s.backend.transact([
      { sql: 'UPDATE trx_results SET extraction_ms = 1 WHERE result_id = 9', params: [] },
    ]);
    expect((await engine.reconcile(go)).copiedCount).toBe(1);
    used.push(await inUse());
    expect(used.length).toBeGreaterThan(ROWS / 10_000);
    expect(Math.max(...used)).toBeGreaterThan(MIB);
    expect(Math.max(...used)).toBeLessThanOrEqual(MEMORY_BYTES);
    expect(await ask('SELECT COUNT(*), SUM(extraction_ms) FROM trx_results')).toEqual(
      (await s.rows('SELECT COUNT(*), SUM(extraction_ms) FROM trx_results'))[0],
    );
  } finally {
    await engine.close();
  }
}, 60_000);
