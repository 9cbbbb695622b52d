import { deepStrictEqual } from 'node:assert';
import { statSync } from 'node:fs';
import { CopiedExtractions } from '../dist/db/queries/analytics/copied-extractions.js';
import { copyOf, MEMORY_MB, THREADS } from './analytics-copy.mjs';
import { EXTRACTION_QUESTIONS, SESSION_QUESTIONS } from './analytics-questions.mjs';
import { measureSync } from './analytics-sync.mjs';
import { extractionFile } from './extraction-history.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { openYardstick } from './sqlite-yardstick.mjs';
import { openStore } from './stores.mjs';
import { watchFile } from './watch-history.mjs';

const TARGET_MS = 100;
/** Of one question in one round: the 95th percentile is taken of those of all rounds. */
const ASKED_PER_ROUND = 10;
const SYNC = 'sync';

/** What is asked of which history; each has as many facts as are asked for. */
const HISTORIES = [
  { name: 'extractions', open: extractionFile, questions: EXTRACTION_QUESTIONS },
  { name: 'sessions', open: watchFile, questions: SESSION_QUESTIONS },
];
/** Parts that can be asked for alone. */
const NAMES = [...HISTORIES.flatMap(({ name, questions }) => [name, ...Object.keys(questions)]), SYNC];

/**
 * The questions of the API about a year, through the port that answers them from the copy in DuckDB, against plain SQL in
 * SQLite, in a thread of its own, on the database that was copied. Both must give the same answer. The first copy of all facts is
 * timed as well, and what a copy does to the process that makes it.
 */
export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 10_000_000;
  if (only !== null && !NAMES.includes(only)) throw new Error(`There is no ${only}: ${NAMES.join(', ')}`);
  const histories = [];
  for (const history of HISTORIES) {
    const questions = Object.entries(history.questions).filter(([name]) =>
      [null, history.name, name].includes(only),
    );
    if (questions.length > 0)
      histories.push({ name: history.name, ...(await ask(history, questions, rowCount, rounds, progress)) });
  }
  const beside = only === null || only === SYNC ? await measureSync(rounds, progress) : null;
  const parts = histories.flatMap((history) => history.parts);
  // The report's figure is that of the question that gains least.
  const { ratio, spread } =
    parts.length === 0
      ? beside.commitP99
      : parts.reduce((least, part) => (part.ratio < least.ratio ? part : least));
  return {
    ...{ ratio, spread, rounds, target: 10, rows: rowCount },
    p95Ms: {
      highest: parts.length === 0 ? null : Math.max(...parts.map(({ p95Ms }) => p95Ms)),
      target: TARGET_MS,
    },
    parts,
    limits: { memoryMb: MEMORY_MB, threads: THREADS },
    copies: histories.map(({ name, sync, bytes }) => ({ name, sync, bytes })),
    beside,
    duckdb: histories[0]?.version,
  };
}

async function ask({ open }, questions, rowCount, rounds, progress) {
  const file = await open(rowCount, progress);
  const { store, facts } = await openStore(file);
  const raw = openYardstick(file);
  let engine = null;
  try {
    const copied = await copyOf(file, facts, progress);
    engine = copied.engine;
    const ours = new CopiedExtractions(engine);
    const timesOf = new Map(questions.map(([question]) => [question, { ours: [], firsts: [], pairs: [] }]));
    for (let n = 0; n <= rounds; n += 1) {
      for (const [question, { ask: askOnce, toRows, sql }] of questions) {
        const times = [];
        let answer;
        for (let asked = 0; asked < ASKED_PER_ROUND; asked += 1) {
          const [ms, result] = await timed(() => askOnce(ours));
          times.push(ms);
          answer = toRows(result);
        }
        const { ms: yardstick, rows: expected } = await raw.ask(sql);
        deepStrictEqual(answer, expected);
        progress(`round ${n}, ${question}: ${round(median(times), 1)} ms, SQLite ${round(yardstick, 0)} ms`);
        const known = timesOf.get(question);
        known.firsts.push(times[0]);
        if (n === 0) continue;
        known.ours.push(...times);
        known.pairs.push({ ours: yardstick, yardstick: median(times) });
      }
    }
    const parts = [...timesOf].map(
      ([
        question,
        {
          ours: times,
          firsts: [coldMs, ...firsts],
          pairs,
        },
      ]) => ({
        question,
        ...ratioOf(pairs),
        p50Ms: round(median(times), 1),
        p95Ms: round(quantile(times, 0.95), 1),
        // The first one of a round comes after SQLite has read for seconds; the very first after the file was opened.
        firstMs: round(median(firsts), 1),
        coldMs: round(coldMs, 1),
        sqliteMs: round(median(pairs.map((pair) => pair.ours)), 0),
      }),
    );
    const bytes = { sqlite: statSync(file).size, duckdb: statSync(copied.file).size };
    return { parts, sync: copied.sync, version: copied.version, bytes };
  } finally {
    await raw.close();
    await engine?.close();
    await store.close();
  }
}

export function print({ rows, parts, copies, beside, ratio, spread, rounds, limits, duckdb }) {
  console.log(
    `${rows} facts; DuckDB ${duckdb ?? ''} with ${limits.memoryMb} MiB and ${limits.threads} threads`,
  );
  console.table(
    parts.map((part) => ({
      question: part.question,
      'p50 ms': part.p50Ms,
      'p95 ms': part.p95Ms,
      'first of a round ms': part.firstMs,
      'cold ms': part.coldMs,
      'SQLite ms': part.sqliteMs,
      ratio: part.ratio,
      spread: part.spread.join(' - '),
    })),
  );
  for (const { name, sync, bytes } of copies) {
    if (sync !== null) console.log(`first copy of ${name}: ${sync.seconds} s, ${sync.rowsPerSecond} rows/s`);
    console.log(`bytes of ${name}: SQLite ${bytes.sqlite}, DuckDB ${bytes.duckdb}`);
  }
  if (beside !== null) {
    console.log(`beside a first copy of ${beside.rows} results, and alone; ms`);
    console.table({ 'beside it': beside.during, alone: beside.alone });
  }
  console.log(`least ratio ${ratio} (${spread.join(' - ')}), ${rounds} rounds`);
}

async function timed(work) {
  const startedMs = performance.now();
  const result = await work();
  return [performance.now() - startedMs, result];
}
