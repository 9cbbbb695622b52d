import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../dist/app/clock.js';
import { BatchWriter } from '../dist/ingest/batch-writer.js';
import { Events } from '../dist/observability/events.js';
import { createSilentLogger } from '../dist/observability/logger.js';
import { createMetrics } from '../dist/observability/metrics.js';
import { RawAgents } from './agents-yardstick.mjs';
import { alternate, median, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';

const START_MS = Date.UTC(2026, 0, 1);
const SESSIONS = 500;
/** Requests of 100 that wait at once in the variant `stream-100`. */
const QUEUE_CAP = 1_000;

/** Operations of a round; each answers how many were done. */
const VARIANTS = [
  { name: 'batch-100', count: 20_000, perRequest: 100 },
  { name: 'batch-10', count: 5_000, perRequest: 10 },
  { name: 'single', count: 1_000, perRequest: 1 },
  { name: 'stream-100', count: 20_000, perRequest: 100 },
  { name: 'create session', count: SESSIONS, perRequest: 1 },
  { name: 'get session', count: SESSIONS, perRequest: 1 },
];

/**
 * Extraction events a second from the batch writer to committed SQLite, one request of 1, 10 or 100 at a time with its
 * commit awaited, or as fast as the queue takes them (`stream-100`); process sessions created and read by their UUID.
 * Yardstick: better-sqlite3 on the calling thread, tables and indexes as the seed of this domain has them, one
 * transaction for an equal batch.
 */
export async function run({ rounds, only, progress }) {
  const chosen = VARIANTS.filter(({ name }) => only === null || name === only);
  if (chosen.length === 0) throw new Error(`Variants: ${VARIANTS.map(({ name }) => name).join(', ')}`);
  const variants = [];
  for (const variant of chosen) {
    progress(`${variant.name}: ${rounds} rounds of each side`);
    variants.push(await measure(variant, rounds));
  }
  const { ratio, spread } = variants[0];
  return { ratio, spread, rounds, variants };
}

export function print({ variants }) {
  console.table(
    variants.map((v) => ({
      variant: v.name,
      'kinostat per s': v.perSecond.kinostat,
      'raw per s': v.perSecond.raw,
      'kinostat us each': round(1e6 / v.perSecond.kinostat, 1),
      'raw us each': round(1e6 / v.perSecond.raw, 1),
      ratio: v.ratio,
      spread: v.spread.join(' - '),
    })),
  );
}

async function measure({ name, count, perRequest }, rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  let raw = null;
  let opened = null;
  try {
    raw = new RawAgents(join(folder, 'raw.sqlite'));
    opened = await openStore(join(folder, 'kinostat.sqlite'));
    const { store } = opened;
    const pairs = await alternate(
      rounds,
      async (n) => {
        const started = sessionsOf(n).map(startOf);
        if (name === 'create session') return rateOf(count, () => create(store, started));
        await store.apply([started], START_MS);
        if (name === 'get session') return rateOf(count, () => getEach(store, started));
        const requests = inRequests(extractionsOf(n, count).map(commandOf), perRequest);
        await store.maintenance.checkpoint();
        const drive = name === 'stream-100' ? streamed : awaited;
        const rate = await rateOf(count, () => drive(store, requests));
        await verify(opened, (n + 1) * count);
        return rate;
      },
      async (n) => {
        const sessions = sessionsOf(n);
        if (name === 'create session') return rateOf(count, () => sessions.forEach((s) => raw.start([s])));
        raw.start(sessions);
        if (name === 'get session') return rateOf(count, () => sessions.forEach((s) => raw.get(s.uuid)));
        const requests = inRequests(extractionsOf(n, count), perRequest);
        raw.checkpoint();
        return rateOf(count, () => requests.forEach((rows) => raw.insert(rows)));
      },
    );
    const of = (side) => round(median(pairs.map((pair) => pair[side])), 0);
    return { name, ...ratioOf(pairs), perSecond: { kinostat: of('ours'), raw: of('yardstick') } };
  } finally {
    raw?.close();
    await opened?.store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rateOf(count, work) {
  const startedMs = performance.now();
  await work();
  return count / ((performance.now() - startedMs) / 1_000);
}

const create = (store, commands) =>
  withWriter(store, async (writer) => {
    for (const command of commands) await writer.enqueue([command], 'COMMITTED').committed;
  });

async function getEach(store, commands) {
  for (const { processUuid } of commands) {
    if ((await store.agents.getProcessSession(processUuid)) === null) throw new Error('A session is missing');
  }
}

/** The commit of a request is awaited, then comes the next. */
const awaited = (store, requests) =>
  withWriter(store, async (writer) => {
    for (const commands of requests) await writer.enqueue(commands, 'COMMITTED').committed;
  });

/** As fast as the queue takes it, without a loss. */
async function streamed(store, requests) {
  let roomMade = () => undefined;
  await withWriter(
    store,
    async (writer) => {
      for (const commands of requests) {
        while (writer.status().depth + commands.length > QUEUE_CAP)
          await new Promise((resolve) => (roomMade = resolve));
        writer.enqueue(commands, 'QUEUED');
      }
      await writer.drain();
    },
    () => roomMade(),
  );
}

async function withWriter(store, work, onCommitted = () => undefined) {
  const writer = new BatchWriter({
    store,
    clock: systemClock,
    events: new Events(createSilentLogger(), createMetrics(), systemClock),
    batchSize: 25,
    flushIntervalMs: 500,
    queueCap: QUEUE_CAP,
    overflowPolicy: 'BACKPRESSURE',
    commitTimeoutMs: 30_000,
    onCommitted,
  });
  await work(writer);
  await writer.close(1_000);
}

async function verify({ backend }, expected) {
  const [[stored]] = await backend.read({ sql: 'SELECT COUNT(*) FROM agt_extractions', params: [] });
  const [[counted]] = await backend.read({
    sql: 'SELECT SUM(extractions_count) FROM agt_session_totals',
    params: [],
  });
  if (Number(stored) !== expected || Number(counted) !== expected)
    throw new Error(`${expected} were sent, ${stored} are stored, the totals count ${counted}`);
}

const uuidOf = (n, index) =>
  `${String(n).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`;

const sessionsOf = (n) =>
  Array.from({ length: SESSIONS }, (_, index) => ({
    uuid: uuidOf(n, index),
    agent: `agent-${index % 5}`,
    startedAtMs: START_MS + n * 86_400_000 + index * 60_000,
  }));

const extractionsOf = (n, count) =>
  Array.from({ length: count }, (_, index) => ({
    uuid: uuidOf(n, Math.floor(index / 100) % SESSIONS),
    agent: `agent-${Math.floor(index / 100) % 5}`,
    tsMs: START_MS + n * 86_400_000 + index * 10,
    clientSeq: index,
    type: ['error', 'prompt', 'command', 'result'][index % 4],
    pattern: `pattern_${index % 20}`,
    riskLevel: index % 5,
    lineNumber: index,
    matchedValue: `TypeError: value ${index % 997} is not a function`,
    originalLine: `  at step ${index}: TypeError: value ${index % 997} is not a function`,
  }));

const startOf = ({ uuid, agent, startedAtMs }) => ({
  kind: 'startProcess',
  processUuid: uuid,
  agent,
  startedAtMs,
  environment: 'bench',
  stdoutLogPath: null,
  stderrLogPath: null,
  extractionConfigVersion: '1',
  environmentConfigVersion: null,
  receivedAtMs: startedAtMs,
});

const commandOf = ({ uuid, ...fields }) => ({
  kind: 'recordExtraction',
  processUuid: uuid,
  extraction: { ...fields, isAutoConfirmable: false, metadataJson: null, lineEnd: null, codeBlock: null },
});

function inRequests(rows, size) {
  const requests = [];
  for (let n = 0; n < rows.length; n += size) requests.push(rows.slice(n, n + size));
  return requests;
}
