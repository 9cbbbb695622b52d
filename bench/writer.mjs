import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../dist/app/clock.js';
import { byId } from '../dist/db/commands/session-reference.js';
import { TelemetryStatements } from '../dist/db/commands/telemetry.js';
import { sqliteFunctions } from '../dist/db/queries/sql-functions.js';
import { BatchWriter } from '../dist/ingest/batch-writer.js';
import { Events } from '../dist/observability/events.js';
import { createSilentLogger } from '../dist/observability/logger.js';
import { createMetrics } from '../dist/observability/metrics.js';
import { alternate, median, writerFigures } from './measure.mjs';
import { openStore, RawTelemetry } from './stores.mjs';
import { inBatches, POINTS, rawRowsOf, requestsOf, startSessions } from './writer-rows.mjs';

/** The server's default. */
const QUEUE_CAP = 1_000;

/**
 * - stream: requests of 25 points without waiting for a commit, as many as the default queue takes; a flush takes what
 *   gathered, and the transactions of the yardstick have the mean size of those flushes. The ratio of the report.
 * - batch-25: one request, its commit awaited, then the next: two changes of thread for every 25 rows.
 * - batch-1000: the same with 40 requests to a flush.
 * - plain-25, plain-1000: only the telemetry INSERT through the worker, without totals, slices and dirty marks.
 */
const VARIANTS = [
  { name: 'stream', requests: null, drive: streamed },
  { name: 'batch-25', requests: 1, drive: awaited },
  { name: 'batch-1000', requests: 40, drive: awaited },
  { name: 'plain-25', requests: 1, drive: plain },
  { name: 'plain-1000', requests: 40, drive: plain },
];

export async function run({ rounds, rows, only, progress }) {
  const chosen = VARIANTS.filter(({ name }) => only === null || name === only);
  if (chosen.length === 0) throw new Error(`Variants: ${VARIANTS.map(({ name }) => name).join(', ')}`);
  const variants = [];
  for (const variant of chosen) {
    progress(`${variant.name}: ${rounds} rounds of each side`);
    variants.push(await measure(variant, rounds, rows ?? 50_000));
  }
  const { ratio, spread, rowsPerSecond } = variants[0];
  return { ratio, spread, rounds, target: 0.6, rowsPerSecond, variants };
}

export function print({ variants }) {
  console.table(
    variants.map((v) => ({
      variant: v.name,
      'rows per flush': v.rowsPerFlush,
      'kinostat rows/s': v.rowsPerSecond.kinostat,
      'raw rows/s': v.rowsPerSecond.raw,
      ratio: v.ratio,
      spread: v.spread.join(' - '),
      rounds: v.rounds,
    })),
  );
}

async function measure(variant, rounds, rowsPerRound) {
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  let raw = null;
  let opened = null;
  try {
    raw = new RawTelemetry(join(folder, 'raw.sqlite'));
    opened = await openStore(join(folder, 'kinostat.sqlite'));
    const flushSizes = [];
    const pairs = await alternate(
      rounds,
      async (n) => {
        const requests = requestsOf(n, rowsPerRound);
        await startSessions(opened.store, requests);
        await opened.store.maintenance.checkpoint();
        const { seconds, flushes } = await variant.drive(opened, requests, variant.requests);
        await verify(opened, n, rowsPerRound, variant.name);
        flushSizes.push(rowsPerRound / flushes);
        return rowsPerRound / seconds;
      },
      async (n) => {
        const size = variant.requests === null ? median(flushSizes) : variant.requests * POINTS;
        const batches = inBatches(rawRowsOf(n, rowsPerRound), Math.round(size));
        raw.checkpoint();
        const startedMs = performance.now();
        for (const batch of batches) raw.insert(batch);
        return rowsPerRound / ((performance.now() - startedMs) / 1_000);
      },
    );
    return {
      name: variant.name,
      ...writerFigures(pairs, flushSizes),
    };
  } finally {
    raw?.close();
    await opened?.store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each request's commands in one `enqueue`, awaited. */
async function awaited({ store }, requests, perFlush) {
  const { writer } = writerOf(store);
  const batches = inBatches(requests, perFlush).map((batch) => batch.flatMap(({ commands }) => commands));
  const seconds = await timed(async () => {
    for (const commands of batches) await writer.enqueue(commands, 'COMMITTED').committed;
  });
  await writer.close(1_000);
  return { seconds, flushes: batches.length };
}

/** As fast as the queue takes it, without a loss: the next request waits for room, not for its own commit. */
export async function streamed({ store }, requests) {
  let roomMade = () => undefined;
  const { writer, flushCount } = writerOf(store, () => roomMade());
  const seconds = await timed(async () => {
    for (const { commands } of requests) {
      while (writer.status().depth + POINTS > QUEUE_CAP) await new Promise((resolve) => (roomMade = resolve));
      writer.enqueue(commands, 'QUEUED');
    }
    await writer.drain();
  });
  await writer.close(1_000);
  return { seconds, flushes: flushCount() };
}

async function plain({ backend, store }, requests, perFlush) {
  const ids = new Map();
  for (const { sessionUuid } of requests) {
    if (!ids.has(sessionUuid))
      ids.set(sessionUuid, (await store.immersion.getSession(sessionUuid)).sessionId);
  }
  const batches = inBatches(requests, perFlush);
  const texts = new TelemetryStatements(sqliteFunctions);
  const seconds = await timed(async () => {
    for (const batch of batches) {
      await backend.transact(
        batch.flatMap(({ sessionUuid, commands }) =>
          texts.samples(byId(ids.get(sessionUuid)), commands).map(({ statement }) => statement),
        ),
      );
    }
  });
  return { seconds, flushes: batches.length };
}

function writerOf(store, onCommitted = () => undefined) {
  let flushes = 0;
  const writer = new BatchWriter({
    store: {
      apply(groups, nowMs) {
        flushes += 1;
        return store.apply(groups, nowMs);
      },
      bury: (...letter) => store.bury(...letter),
    },
    clock: systemClock,
    events: new Events(createSilentLogger(), createMetrics(), systemClock),
    batchSize: POINTS,
    flushIntervalMs: 500,
    queueCap: QUEUE_CAP,
    overflowPolicy: 'BACKPRESSURE',
    commitTimeoutMs: 30_000,
    onCommitted,
  });
  return { writer, flushCount: () => flushes };
}

async function timed(work) {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1_000;
}

/** A fast writer that loses rows is no fast writer. */
export async function verify({ backend }, n, rowsPerRound, name) {
  const count = (sql) => backend.read({ sql, params: [] }).then(([row]) => Number(row[0]));
  const expected = (n + 1) * rowsPerRound;
  const stored = await count('SELECT COUNT(*) FROM imm_session_telemetry');
  const counted = name.startsWith('plain')
    ? expected
    : await count('SELECT SUM(samples_count) FROM imm_session_totals');
  if (stored !== expected || counted !== expected) {
    throw new Error(`${expected} rows were sent, ${stored} are stored, the totals count ${counted}`);
  }
}
