import { Agent, request } from 'node:http';
import Database from 'better-sqlite3';
import { createRandom } from '../dist/cli/demo-history.js';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';
import { startServer } from '../load/server-process.mjs';
import { historyFile, sessionCountOf } from './history.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { OPERATIONS } from './reads-operations.mjs';

/** Of each operation, each side and each round. */
const REQUESTS_PER_ROUND = 100;
/** A server that has run for a while is what people use: compiled functions, filled caches. */
const WARM_UPS = 3;
const TARGET_P95_MS = 10;

export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 1_000_000;
  const chosen = OPERATIONS.filter(({ name }) => only === null || name === only);
  if (chosen.length === 0) throw new Error(`Operations: ${OPERATIONS.map(({ name }) => name).join(', ')}`);
  const file = await historyFile(rowCount, progress);
  // Default retention would remove most of the year; one reader thread is enough for one client.
  const server = await startServer({
    file,
    settings: { KINOSTAT_RETENTION: 'keep-all', KINOSTAT_TIMEZONE: 'UTC' },
  });
  const database = new Database(file, { readonly: true });
  for (const pragma of pragmasOf('reader')) database.pragma(pragma);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    progress(`${WARM_UPS} + ${rounds} rounds of ${REQUESTS_PER_ROUND} of each operation on each side`);
    const sides = chosen.map((operation) => sidesOf(operation, { rowCount, server, database, agent }));
    const results = [];
    for (let n = 0; n < WARM_UPS + rounds; n += 1) {
      // Operations take turns inside a round, so that none of them meets a colder server than the others.
      const round = [];
      for (const { ours, yardstick } of sides)
        round.push({ ours: await ours(n), yardstick: await yardstick(n) });
      if (n >= WARM_UPS) results.push(round);
    }
    const operations = chosen.map(({ name }, i) =>
      figuresOf(
        name,
        results.map((round) => round[i]),
      ),
    );
    return summarize(operations, rounds, rowCount);
  } finally {
    agent.destroy();
    database.close();
    await server.stop();
  }
}

/** Both sides of an operation, as functions that answer the times of one round. */
function sidesOf(operation, { rowCount, server, database, agent }) {
  const raw = operation.prepare(database);
  const parametersOf = (n) => {
    const random = createRandom(n + 1);
    return Array.from({ length: REQUESTS_PER_ROUND }, () =>
      operation.choose(random, sessionCountOf(rowCount)),
    );
  };
  return {
    ours: (n) =>
      timesOf(parametersOf(n), async (chosen) => {
        const body = JSON.stringify({ query: operation.query, variables: operation.variables(chosen) });
        const text = await post(agent, `${server.url}/graphql`, body);
        return () => checkAnswer(operation, text);
      }),
    yardstick: (n) =>
      timesOf(parametersOf(n), async (chosen) => {
        raw(chosen);
        return () => undefined;
      }),
  };
}

function figuresOf(operation, results) {
  const p95s = results.map(({ ours, yardstick }) => ({
    ours: quantile(ours, 0.95),
    yardstick: quantile(yardstick, 0.95),
  }));
  return {
    operation,
    ...ratioOf(p95s),
    httpMs: quantilesOf(results.flatMap(({ ours }) => ours)),
    rawMs: quantilesOf(results.flatMap(({ yardstick }) => yardstick)),
    p95s,
  };
}

function summarize(measured, rounds, rowCount) {
  // One round is one figure: the p95 of all operations together, as one look at a dashboard.
  const sums = Array.from({ length: rounds }, (_, i) => ({
    ours: measured.reduce((sum, { p95s }) => sum + p95s[i].ours, 0),
    yardstick: measured.reduce((sum, { p95s }) => sum + p95s[i].yardstick, 0),
  }));
  const slowest = Math.max(...measured.map(({ httpMs }) => httpMs.p95));
  return {
    ...ratioOf(sums),
    rows: rowCount,
    p95Ms: slowest,
    targetP95Ms: TARGET_P95_MS,
    dashboardMs: {
      http: round(median(sums.map((s) => s.ours)), 3),
      raw: round(median(sums.map((s) => s.yardstick)), 3),
    },
    operations: measured.map(({ operation, ratio, spread, httpMs, rawMs }) => ({
      operation,
      ratio,
      spread,
      httpMs,
      rawMs,
    })),
  };
}

export function print({ operations, rows, p95Ms, ratio, spread }) {
  console.log(`${rows} telemetry rows; milliseconds`);
  console.table(
    operations.map(({ operation, httpMs, rawMs, ratio: r, spread: s }) => ({
      operation,
      'http p50': httpMs.p50,
      p95: httpMs.p95,
      p99: httpMs.p99,
      'raw p50': rawMs.p50,
      'raw p95': rawMs.p95,
      'p95 http/raw': r,
      spread: s.join(' - '),
    })),
  );
  console.log(
    `Highest p95 ${p95Ms} ms (target ${TARGET_P95_MS}); all operations http/raw ${ratio} (${spread.join(' - ')})`,
  );
}

/** Milliseconds of each call, one after the other. What `call` answers is run after the clock has stopped. */
async function timesOf(parameters, call) {
  const times = [];
  for (const chosen of parameters) {
    const startedMs = performance.now();
    const check = await call(chosen);
    times.push(performance.now() - startedMs);
    check();
  }
  return times;
}

const quantilesOf = (times) => ({
  p50: round(quantile(times, 0.5), 3),
  p95: round(quantile(times, 0.95), 3),
  p99: round(quantile(times, 0.99), 3),
});

/** A fast answer must also be an answer. */
function checkAnswer({ name, isPlausible }, text) {
  const { data, errors } = JSON.parse(text);
  if (errors !== undefined) throw new Error(`${name}: ${errors[0].message}`);
  if (!isPlausible(data))
    throw new Error(`${name}: the answer is not what the database holds: ${text.slice(0, 300)}`);
}

function post(agent, url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
