import { deepStrictEqual } from 'node:assert';
import { existsSync, renameSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DuckdbEngine } from '../dist/analytics/duckdb-engine.js';
import { DuckdbFile } from '../dist/analytics/duckdb-file.js';
import { systemClock } from '../dist/app/clock.js';
import { SETTINGS } from '../dist/config/settings.js';
import { CopiedExtractions } from '../dist/db/queries/analytics/copied-extractions.js';
import { FROM_CACHE } from '../dist/db/queries/analytics/extractions.js';
import { FACT_TABLES } from '../dist/db/queries/analytics/fact-tables.js';
import { FactWindows } from '../dist/db/queries/analytics/fact-windows.js';
import { nearestRanks } from '../dist/db/queries/analytics/ranks.js';
import { toCopyStatements } from '../dist/db/queries/analytics/tombstone-statements.js';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';
import { listExtractionDays } from '../dist/domain/analytics/extractions.js';
import { DAY_MS, toSliceRange } from '../dist/domain/time.js';
import { zoneOf } from '../dist/domain/zone.js';
import { END_MS, extractionFile, START_MS } from './extraction-history.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';

const MIB = 1_048_576;
const TARGET_MS = 100;
/** Of one question in one round: the 95th percentile is taken of those of all rounds. */
const ASKED_PER_ROUND = 10;
/** The default limits of a server. */
const [MEMORY_MB, THREADS] = [SETTINGS.analyticsMemoryMb.default, SETTINGS.analyticsThreads.default];
const RANGE = toSliceRange({ fromMs: START_MS, toMs: END_MS });
const AT = `extracted_at_ms >= ${START_MS} AND extracted_at_ms < ${END_MS}`;
/** A zone that never changes its offset: SQLite can group by an expression. */
const ZONE = zoneOf('Asia/Kolkata');
const OFFSET_MS = 19_800_000;

/**
 * A question as the API asks it, its answer as rows, and the plain SQL for SQLite that gives the same rows. The plus sign
 * keeps SQLite from the index: reading the table from end to end is faster where all of it counts.
 */
const QUESTIONS = {
  percentiles: {
    ask: (analytics) => analytics.summarizeExtractionTimes(RANGE, null),
    toRows: ({ timedCount, totalMs, p50Ms, p95Ms, p99Ms }) => [[timedCount, totalMs, p50Ms, p95Ms, p99Ms]],
    sql: nearestRanks(
      `SELECT extraction_ms AS v, COUNT(*) AS c FROM trx_results
        WHERE +${AT} AND extraction_ms IS NOT NULL GROUP BY extraction_ms`,
      [50, 95, 99],
    ),
  },
  'daily groups': {
    ask: (analytics) => listExtractionDays(analytics, RANGE, ZONE, null),
    toRows: (days) =>
      days.map(({ count, succeededCount, cachedCount, timedCount, totalMs }) => [
        ...[count, succeededCount, cachedCount, timedCount, totalMs],
      ]),
    sql: `SELECT COUNT(*), COUNT(*) - COUNT(error_code_id), SUM(origin = ${FROM_CACHE}), COUNT(extraction_ms),
      SUM(extraction_ms) FROM trx_results WHERE +${AT}
      GROUP BY CAST((extracted_at_ms + ${OFFSET_MS}) / ${DAY_MS} AS INTEGER) ORDER BY MIN(extracted_at_ms)`,
  },
  'groups by code': {
    ask: (analytics) => analytics.listExtractionErrors(RANGE, null),
    toRows: (errors) => errors.map(({ code, count }) => [code, count]),
    sql: `SELECT e.name, n FROM (SELECT error_code_id AS id, COUNT(*) AS n FROM trx_results
        WHERE +${AT} AND error_code_id IS NOT NULL GROUP BY error_code_id) AS c
      JOIN trx_error_codes e ON e.id = c.id ORDER BY n DESC, e.id`,
  },
};

/**
 * The questions of the API about a year of extractions, through the port that answers them from the copy in DuckDB,
 * against plain SQL in SQLite, in this process, on the database that was copied. Both must give the same answer. The
 * first copy of all facts is timed as well.
 */
export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 10_000_000;
  const questions = Object.entries(QUESTIONS).filter(([name]) => only === null || name === only);
  if (questions.length === 0) throw new Error(`There is no ${only}: ${Object.keys(QUESTIONS).join(', ')}`);
  const file = await extractionFile(rowCount, progress);
  const { store, facts } = await openStore(file);
  const raw = new Database(file, { readonly: true });
  for (const pragma of pragmasOf('reader')) raw.pragma(pragma);
  let engine = null;
  try {
    const copied = await copyOf(file, facts, progress);
    engine = copied.engine;
    const ours = new CopiedExtractions(engine);
    const timesOf = new Map(questions.map(([name]) => [name, { ours: [], pairs: [] }]));
    for (let n = 0; n <= rounds; n += 1) {
      for (const [name, { ask, toRows, sql }] of questions) {
        const times = [];
        let answer;
        for (let asked = 0; asked < ASKED_PER_ROUND; asked += 1) {
          const [ms, result] = await timed(() => ask(ours));
          times.push(ms);
          answer = toRows(result);
        }
        const [yardstick, expected] = await timed(async () => raw.prepare(sql).raw().all());
        deepStrictEqual(answer, expected);
        progress(`round ${n}, ${name}: ${round(median(times), 1)} ms, SQLite ${round(yardstick, 0)} ms`);
        if (n === 0) continue;
        timesOf.get(name).ours.push(...times);
        timesOf.get(name).pairs.push({ ours: yardstick, yardstick: median(times) });
      }
    }
    const parts = [...timesOf].map(([question, { ours: times, pairs }]) => ({
      question,
      ...ratioOf(pairs),
      p50Ms: round(median(times), 1),
      p95Ms: round(quantile(times, 0.95), 1),
      sqliteMs: round(median(pairs.map((pair) => pair.ours)), 0),
    }));
    // The report's figure is that of the question that gains least.
    const { ratio, spread } = parts.reduce((least, part) => (part.ratio < least.ratio ? part : least));
    return {
      ...{ ratio, spread, rounds, target: 10, rows: rowCount },
      p95Ms: { highest: Math.max(...parts.map(({ p95Ms }) => p95Ms)), target: TARGET_MS },
      parts,
      limits: { memoryMb: MEMORY_MB, threads: THREADS },
      sync: copied.sync,
      duckdb: copied.version,
      bytes: { sqlite: statSync(file).size, duckdb: statSync(copied.file).size },
    };
  } finally {
    raw.close();
    await engine?.close();
    await store.close();
  }
}

export function print({ rows, parts, ratio, spread, rounds, sync, bytes, limits, duckdb }) {
  console.log(`${rows} results; DuckDB ${duckdb} with ${limits.memoryMb} MiB and ${limits.threads} threads`);
  console.table(
    parts.map((part) => ({
      question: part.question,
      'p50 ms': part.p50Ms,
      'p95 ms': part.p95Ms,
      'SQLite ms': part.sqliteMs,
      ratio: part.ratio,
      spread: part.spread.join(' - '),
    })),
  );
  if (sync !== null) console.log(`first copy: ${sync.seconds} s, ${sync.rowsPerSecond} rows/s`);
  console.log(`bytes: SQLite ${bytes.sqlite}, DuckDB ${bytes.duckdb}`);
  console.log(`least ratio ${ratio} (${spread.join(' - ')}), ${rounds} rounds`);
}

async function timed(work) {
  const startedMs = performance.now();
  const result = await work();
  return [performance.now() - startedMs, result];
}

/** The copy is kept beside the history; a sync that is told to stop would be gone on with. */
async function copyOf(history, source, progress) {
  const file = history.replace(/\.sqlite$/, '.duckdb');
  const open = (path) =>
    DuckdbEngine.open({
      file: path,
      memoryBytes: MEMORY_MB * MIB,
      threads: THREADS,
      tables: FACT_TABLES,
      source,
      sourceName: history,
      clock: systemClock,
      toFactReader: (reader) => new FactWindows(reader),
      toCopyStatements,
    });
  let sync = null;
  if (!existsSync(file)) {
    const draft = `${file}.draft`;
    await DuckdbFile.remove(draft);
    const engine = await open(draft);
    progress('copying to DuckDB');
    const [ms, { rowCount }] = await timed(() => engine.sync(new globalThis.AbortController().signal));
    await engine.close();
    renameSync(draft, file);
    sync = { seconds: round(ms / 1_000, 1), rowsPerSecond: Math.round((rowCount * 1_000) / ms) };
  }
  const engine = await open(file);
  // A file of other tables was emptied by opening it.
  if (!engine.isComplete) {
    await engine.close();
    await DuckdbFile.remove(file);
    return copyOf(history, source, progress);
  }
  const [[version] = []] = await engine.read({ sql: 'SELECT version()', params: [] });
  return { engine, file, sync, version };
}
