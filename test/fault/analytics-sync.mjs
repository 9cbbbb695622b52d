// Syncs the analytics copy of a database file until it is complete, in small windows, and says so: to be killed.
import { DuckdbEngine } from '../../dist/analytics/duckdb-engine.js';
import { systemClock } from '../../dist/app/clock.js';
import { FACT_TABLES } from '../../dist/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../../dist/db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../../dist/db/queries/analytics/tombstone-statements.js';
import { sqliteWorkerFile } from '../../dist/db/sqlite/backend.js';
import { openSqliteStore } from '../../dist/db/sqlite/open.js';

const [, , database = '', file = '', migrationsFolder = ''] = process.argv;
const { facts, store } = await openSqliteStore({
  file: database,
  readers: 1,
  workerFile: sqliteWorkerFile(),
  migrationsFolder,
  timezone: 'UTC',
  nowMs: Date.now(),
  onCrash: () => undefined,
});
const engine = await DuckdbEngine.open({
  file,
  memoryBytes: 128 * 1_048_576,
  threads: 1,
  tables: FACT_TABLES.map((table) =>
    table.key === 'slice' ? table : { ...table, windowKeys: 20, overlapKeys: 40 },
  ),
  source: facts,
  sourceName: 'killed',
  clock: systemClock,
  toFactReader: (reader) => new FactWindows(reader),
  toCopyStatements,
});
process.stdout.write('syncing\n');
await engine.sync(new AbortController().signal);
process.stdout.write('complete\n');
await engine.close();
await store.close();
