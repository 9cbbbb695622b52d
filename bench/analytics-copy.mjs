import { existsSync, renameSync } from 'node:fs';
import { DuckdbEngine } from '../dist/analytics/duckdb-engine.js';
import { DuckdbFile } from '../dist/analytics/duckdb-file.js';
import { systemClock } from '../dist/app/clock.js';
import { SETTINGS } from '../dist/config/settings.js';
import { FACT_TABLES } from '../dist/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../dist/db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../dist/db/queries/analytics/tombstone-statements.js';
import { round } from './measure.mjs';

const MIB = 1_048_576;
/** The default limits of a server. */
export const [MEMORY_MB, THREADS] = [SETTINGS.analyticsMemoryMb.default, SETTINGS.analyticsThreads.default];

export const openCopy = (file, source, sourceName) =>
  DuckdbEngine.open({
    file,
    memoryBytes: MEMORY_MB * MIB,
    threads: THREADS,
    tables: FACT_TABLES,
    source,
    sourceName,
    clock: systemClock,
    toFactReader: (reader) => new FactWindows(reader),
    toCopyStatements,
  });

/** The copy is kept beside the history; a sync that is told to stop would be gone on with. */
export async function copyOf(history, source, progress) {
  const file = history.replace(/\.sqlite$/, '.duckdb');
  let sync = null;
  if (!existsSync(file)) {
    const draft = `${file}.draft`;
    await DuckdbFile.remove(draft);
    const engine = await openCopy(draft, source, history);
    progress('copying to DuckDB');
    const startedMs = performance.now();
    const { rowCount } = await engine.sync(new globalThis.AbortController().signal);
    const ms = performance.now() - startedMs;
    await engine.close();
    renameSync(draft, file);
    sync = { seconds: round(ms / 1_000, 1), rowsPerSecond: Math.round((rowCount * 1_000) / ms) };
  }
  const engine = await openCopy(file, source, history);
  // A file of other tables was emptied by opening it.
  if (!engine.isComplete) {
    await engine.close();
    await DuckdbFile.remove(file);
    return copyOf(history, source, progress);
  }
  const [[version] = []] = await engine.read({ sql: 'SELECT version()', params: [] });
  return { engine, file, sync, version };
}
