import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRandom } from '../dist/cli/demo-history.js';
import { ask, settle } from '../load/server-figures.mjs';
import { startServer } from '../load/server-process.mjs';
import { Connection } from './connection.mjs';
import { historyFile, sessionCountOf } from './history.mjs';
import { startSessions } from './ingest.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { OPERATIONS } from './reads-operations.mjs';
import { sendTelemetry } from './telemetry-client.mjs';

/** The rate that the k6 profile `ingest` holds. */
const REQUESTS_PER_SECOND = 100;
const POINTS = 25;
const SECONDS = 5;
const CLIENTS = 4;
/** Most of the year is removed while the clock runs. */
const KEPT_DAYS = 120;
/** After the history: nobody rolls up into its months. */
const START_MS = Date.UTC(2026, 10, 2);

/**
 * The 99th percentile of ingest at the rated load while four clients loop the heaviest queries of a dashboard, a prune
 * removes most of a year, roll-ups and vacuum slices run and the file is backed up; against the same load alone, each on a fresh copy of the history.
 */
export async function run({ rounds, rows, progress }) {
  const rowCount = rows ?? 1_000_000;
  const history = await historyFile(rowCount, progress);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const file = join(folder, 'isolation.sqlite');
  try {
    progress(
      `${rounds} rounds of ${SECONDS} s on each side, ${REQUESTS_PER_SECOND} requests/s of ${POINTS} points`,
    );
    const pairs = [];
    for (let n = 0; n <= rounds; n += 1) {
      const sides = {};
      for (const [side, isBusy] of [
        ['yardstick', false],
        ['ours', true],
      ]) {
        for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
        copyFileSync(history, file);
        sides[side] = await measure(file, rowCount, n, isBusy);
      }
      if (n > 0) pairs.push(sides);
    }
    return summarize(pairs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summarize(pairs) {
  const p99 = (side) => pairs.map((pair) => quantile(pair[side].latenciesMs, 0.99));
  const ours = p99('ours');
  const alone = p99('yardstick');
  return {
    ...ratioOf(ours.map((value, i) => ({ ours: value, yardstick: alone[i] }))),
    target: 2,
    p99Ms: { busy: round(median(ours), 2), alone: round(median(alone), 2) },
    queries: pairs.reduce((sum, pair) => sum + pair.ours.queries, 0),
    prunedRows: median(pairs.map((pair) => pair.ours.prunedRows)),
    droppedCount: 0,
  };
}

export function print({ p99Ms, ratio, spread, rounds, queries, prunedRows }) {
  console.table([
    {
      'p99 alone ms': p99Ms.alone,
      'p99 busy ms': p99Ms.busy,
      ratio,
      spread: spread.join(' - '),
      rounds,
      queries,
      'pruned rows': prunedRows,
    },
  ]);
  console.log('nothing dropped');
}

async function measure(file, rowCount, n, isBusy) {
  const server = await startServer({
    file,
    settings: {
      KINOSTAT_RETENTION: 'keep-all',
      ...(isBusy ? { KINOSTAT_RETENTION_TELEMETRY_DAYS: String(KEPT_DAYS) } : {}),
    },
  });
  try {
    const sessions = await startSessions(server.url, n);
    const before = await settle(server.url);
    let isOver = false;
    const work = isBusy ? busy(server.url, file, rowCount, () => isOver) : Promise.resolve([]);
    const sending = sendTelemetry({
      url: server.url,
      sessions,
      points: POINTS,
      startMs: START_MS,
      seconds: SECONDS,
      perSecond: REQUESTS_PER_SECOND,
    }).finally(() => (isOver = true));
    const [sent, [prunedRows = 0, queries = 0]] = await Promise.all([sending, work]);
    const after = await settle(server.url);
    if (after.dropped > 0 || after.flushed - before.flushed !== sent.samples)
      throw new Error(`${sent.samples} sent: ${JSON.stringify(after)}`);
    return { latenciesMs: sent.latenciesMs, prunedRows, queries };
  } finally {
    await server.stop();
  }
}

/** Answers the rows that the prune removed and the number of queries. */
async function busy(url, file, rowCount, isOver) {
  const job = 'mutation ($name: String!) { runJob(name: $name) { status summary } }';
  const rolling = async () => {
    while (!isOver()) await ask(url, job, { name: 'roll-up' });
  };
  // What the prune freed is given back in slices.
  const pruning = async () => {
    const { summary } = (await ask(url, job, { name: 'prune' })).runJob;
    await ask(url, job, { name: 'vacuum' });
    return summary;
  };
  const clients = Array.from({ length: CLIENTS }, (_, client) => loop(url, rowCount, client, isOver));
  const [pruned, , , ...counts] = await Promise.all([pruning(), rolling(), backUp(file), ...clients]);
  const removed = /(\d[\d,]*)/.exec(String(pruned))?.[1]?.replaceAll(',', '') ?? '0';
  return [Number(removed), counts.reduce((sum, count) => sum + count, 0)];
}

/** As an operator does it: `kinostat backup` in a process of its own. */
async function backUp(file) {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const env = { ...process.env, KINOSTAT_SQLITE_FILE: file };
  await promisify(execFile)(process.execPath, [main, 'backup', `${file}.backup`], { env });
  rmSync(`${file}.backup`);
}

async function loop(url, rowCount, client, isOver) {
  const random = createRandom(client + 1);
  const connection = await Connection.open(new URL(url));
  let count = 0;
  while (!isOver()) {
    const operation = OPERATIONS[(client + count) % OPERATIONS.length];
    const variables = operation.variables(operation.choose(random, sessionCountOf(rowCount)));
    const answer = await connection.post(JSON.stringify({ query: operation.query, variables }));
    if (!answer.startsWith('{"data"')) throw new Error(`${operation.name}: ${answer.slice(0, 300)}`);
    count += 1;
  }
  connection.close();
  return count;
}
