import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '../load/server-figures.mjs';
import { startServer } from '../load/server-process.mjs';
import { historyFile } from './history.mjs';
import { startSessions } from './ingest.mjs';
import { WORK } from './isolation-work.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { sendTelemetry } from './telemetry-client.mjs';

/** The rate that the k6 profile `ingest` holds. */
const REQUESTS_PER_SECOND = 100;
const POINTS = 25;
/** The same work and load before the clock starts: a process that was just started compiles its code. */
const WARM_UP_SECONDS = 4;
/** Long enough for the rest of the prune, which begins with the server, for what jobs do after it, and for vacuum slices. */
const SECONDS = 40;
/** Most of the year is removed while the clock runs. */
const KEPT_DAYS = 120;
/** After the history: nobody rolls up into its months. */
const START_MS = Date.UTC(2026, 10, 2);
const WARM_UP_START_MS = START_MS - 86_400_000;

/**
 * The 99th percentile of ingest at the rated load while everything in `WORK` runs beside it, against the same load
 * alone, each on a fresh copy of the history. What was sent must all be committed.
 */
export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 1_000_000;
  const history = await historyFile(rowCount, progress);
  const works = only === null ? Object.keys(WORK) : only.split(',');
  const unknown = works.filter((name) => !Object.hasOwn(WORK, name));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}: ${Object.keys(WORK).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const file = join(folder, 'isolation.sqlite');
  try {
    progress(
      `${rounds} rounds of ${SECONDS} s on each side after ${WARM_UP_SECONDS} s, ${REQUESTS_PER_SECOND} requests/s of ${POINTS} points`,
    );
    const pairs = [];
    for (let n = 0; n <= rounds; n += 1) {
      const sides = {};
      for (const [side, own] of [
        ['yardstick', []],
        ['ours', works],
      ]) {
        for (const ending of ['', '-wal', '-shm', '.duckdb', '.duckdb.wal'])
          rmSync(file + ending, { force: true });
        copyFileSync(history, file);
        sides[side] = await measure(file, rowCount, n, own);
      }
      progress(sides.ours.done.map(({ name, seconds, line }) => `${name} ${seconds} s: ${line}`).join('; '));
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
    // Of the last round; how long the other rounds took is told as they end.
    work: pairs.at(-1).ours.done,
    droppedCount: 0,
  };
}

export function print({ p99Ms, ratio, spread, rounds, work }) {
  console.table([
    { 'p99 alone ms': p99Ms.alone, 'p99 busy ms': p99Ms.busy, ratio, spread: spread.join(' - '), rounds },
  ]);
  console.table(work);
  console.log('nothing dropped');
}

async function measure(file, rowCount, n, works) {
  const server = await startServer({
    file,
    settings: {
      KINOSTAT_RETENTION: 'keep-all',
      ...(works.includes('analytics')
        ? { KINOSTAT_ANALYTICS: 'duckdb', KINOSTAT_ANALYTICS_FILE: `${file}.duckdb` }
        : {}),
      ...(works.includes('prune') ? { KINOSTAT_RETENTION_TELEMETRY_DAYS: String(KEPT_DAYS) } : {}),
    },
  });
  try {
    const sessions = await startSessions(server.url, n);
    const before = await settle(server.url);
    let isOver = false;
    let end = () => undefined;
    const over = new Promise((resolve) => (end = resolve));
    const context = { url: server.url, file, rowCount, over, isOver: () => isOver };
    const startedMs = performance.now();
    const working = Promise.all(
      works.map(async (name) => {
        const line = await WORK[name](context);
        return { name, seconds: round((performance.now() - startedMs) / 1_000, 1), line };
      }),
    );
    const send = (startMs, seconds) =>
      sendTelemetry({
        url: server.url,
        sessions,
        points: POINTS,
        startMs,
        seconds,
        perSecond: REQUESTS_PER_SECOND,
      });
    const sending = (async () => {
      const warmUp = await send(WARM_UP_START_MS, WARM_UP_SECONDS);
      const { samples, latenciesMs } = await send(START_MS, SECONDS);
      return { samples: warmUp.samples + samples, latenciesMs };
    })().finally(() => {
      isOver = true;
      end();
    });
    const [sent, done] = await Promise.all([sending, working]);
    const after = await settle(server.url);
    if (after.dropped > 0 || after.flushed - before.flushed !== sent.samples)
      throw new Error(`${sent.samples} sent: ${JSON.stringify(after)}`);
    return { latenciesMs: sent.latenciesMs, done };
  } finally {
    await server.stop();
  }
}
