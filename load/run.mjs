// `npm run load -- <profile>`: starts a server, puts load on it with k6, and reconciles every item that was sent.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findK6 } from './find-k6.mjs';
import { compare, printLines, readCounters } from './reconcile.mjs';
import { ResidentMemory } from './resident-memory.mjs';
import { countPostgresRows, countRows, readSessions, readWriter, settle } from './server-figures.mjs';
import { startServer } from './server-process.mjs';
import { createDatabase, startPostgres } from '../scripts/postgres-server.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const RESULTS = join(FOLDER, 'results');
/** Exit code when k6 was content but the figures do not add up; k6's own start at 97. */
const NOT_RECONCILED = 3;
/** Profiles that send more than the buffer takes: losses are counted, not forbidden, and must have happened. */
const OVERLOADING = new Set(['overflow']);
/** Settings of the server that a profile needs; those of the caller's environment come first. */
const SETTINGS = { overflow: { KINOSTAT_QUEUE_CAP: '100' } };
/** Profiles that are long enough for memory to say something. */
const WATCHED = new Set(['soak']);

const profiles = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort();

const HELP = `Usage: npm run load -- <profile> [arguments for "k6 run"]

Profiles: ${profiles.join(', ')}

Environment:
  KINOSTAT_LOAD_URL       A server that runs already and that nobody else writes to; else one is started
  KINOSTAT_LOAD_STORAGE   postgres: on a server of its own, or that of KINOSTAT_TEST_POSTGRES_URL; else SQLite
  KINOSTAT_LOAD_DURATION  How long (smoke and overflow 15s, soak 10m, others 30s)
  KINOSTAT_LOAD_RATE      Requests a second, 25 points each (ingest and mixed 100, soak 50, overflow 500)
  KINOSTAT_LOAD_P95_MS    Threshold of the 95th percentile, ms (ingest 100, others 250)
Settings of the started server: KINOSTAT_* as always, but its address and file are its own.`;

const [profile, ...k6Arguments] = process.argv.slice(2);
if (profile === undefined || profile === '--help' || profile === '-h') {
  console.log(HELP);
  process.exit(profile === undefined ? 2 : 0);
}
if (!profiles.includes(profile)) {
  console.error(`There is no profile "${profile}". Profiles: ${profiles.join(', ')}`);
  process.exit(2);
}

let isInterrupted = false;
/** @type {import('node:child_process').ChildProcess | null} */
let k6Process = null;
// Ctrl-C reaches k6 by itself, and k6 ends in order; SIGTERM is passed on.
process.on('SIGINT', () => (isInterrupted = true));
process.on('SIGTERM', () => {
  isInterrupted = true;
  k6Process?.kill('SIGINT');
});

try {
  process.exitCode = await main(findK6());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(k6) {
  console.log(`k6 ${k6.version}, profile ${profile}`);
  const givenUrl = process.env.KINOSTAT_LOAD_URL;
  if (givenUrl) return (await load(k6, givenUrl.replace(/\/+$/, ''), async () => null)).exitCode;
  if (process.env.KINOSTAT_LOAD_STORAGE === 'postgres') return onPostgres(k6);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-load-'));
  const file = join(folder, 'load.sqlite');
  try {
    return await onServer(k6, { file }, () => countRows(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** On a database of its own, which goes afterwards. */
async function onPostgres(k6) {
  const postgres = await startPostgres({ isDurable: true });
  const database = await createDatabase(postgres.url, `kinostat_load_${process.pid}`);
  try {
    const settings = { KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: database.url };
    return await onServer(k6, { file: '', settings }, () => countPostgresRows(database.url));
  } finally {
    await database.drop();
    await postgres.stop();
  }
}

async function onServer(k6, options, countStored) {
  const needed = Object.entries(SETTINGS[profile] ?? {}).filter(([name]) => process.env[name] === undefined);
  const settings = { ...Object.fromEntries(needed), ...options.settings };
  const server = await startServer({ ...options, settings });
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await server.stop();
    isStopped = true;
  };
  try {
    return await load(k6, server.url, async () => {
      await stop();
      return countStored();
    });
  } finally {
    await stop();
  }
}

/** `readRows` is called when the server is no longer needed. Answers the exit code. */
async function load(k6, url, readRows) {
  mkdirSync(RESULTS, { recursive: true });
  const summaryFile = join(RESULTS, `${profile}.json`);
  rmSync(summaryFile, { force: true });
  const run = `${Date.now().toString(36)}-${process.pid}`;
  const before = await readWriter(url);
  const startedMs = Date.now();
  const memory = new ResidentMemory(url);
  const exitCode = await runK6(k6.program, url, run, summaryFile);
  const resident = memory.stop();
  if (isInterrupted) {
    console.error('Interrupted: nothing is reconciled');
    return 130;
  }
  const after = await settle(url);
  const api = await readSessions(url, run);
  const summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
  const sent = readCounters(summary);
  const lines = compare({
    sent,
    before,
    after,
    api,
    rows: await readRows(),
    mayDrop: OVERLOADING.has(profile),
  });
  if (OVERLOADING.has(profile)) {
    const isOverloaded = after.dropped > before.dropped;
    lines.push({ name: 'more was sent than fits', left: true, right: isOverloaded, isEqual: isOverloaded });
  }
  if (WATCHED.has(profile)) {
    const name = `resident memory is flat (MB: ${resident.first}, ${resident.second}, ${resident.last})`;
    lines.push({ name, left: true, right: resident.isFlat, isEqual: resident.isFlat });
  }
  printLines(lines);
  console.log(`\nSummary: ${relative(process.cwd(), summaryFile)}`);
  const isReconciled = lines.every(({ isEqual }) => isEqual);
  const report = { startedMs, sent, before, after, resident, isReconciled, exitCode };
  writeFileSync(summaryFile, JSON.stringify({ ...summary, kinostat: report }, null, 1));
  if (exitCode !== 0) console.error(`FAILED: k6 ended with ${exitCode}`);
  if (!isReconciled) console.error('FAILED: what was sent is not what the server accounts for');
  if (exitCode === 0 && isReconciled) console.log('Passed');
  return exitCode === 0 && !isReconciled ? NOT_RECONCILED : exitCode;
}

function runK6(program, url, run, summaryFile) {
  const child = spawn(
    program,
    [
      'run',
      '--quiet',
      '--no-usage-report',
      '--summary-export',
      summaryFile,
      ...k6Arguments,
      join(FOLDER, `${profile}.ts`),
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        KINOSTAT_LOAD_URL: url,
        KINOSTAT_LOAD_RUN: run,
        // k6 would otherwise look on the network for extensions that a script may name.
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
      },
    },
  );
  k6Process = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
