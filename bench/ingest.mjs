import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { uuidOf } from '../dist/cli/demo-history.js';
import { settle } from '../load/server-figures.mjs';
import { startServer } from '../load/server-process.mjs';
import { alternate, median, quantile, ratioOf, round } from './measure.mjs';
import { sendTelemetry } from './telemetry-client.mjs';

const CONNECTIONS = 16;
const SECONDS_PER_ROUND = 3;
const START_MS = Date.UTC(2026, 0, 1);

/**
 * Requests a second over HTTP, each with `points` samples: answered, later committed, nothing dropped. Both servers are
 * processes of their own; the clients are a thread of this one.
 */
export async function run({ rounds, points, progress }) {
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const server = await startServer({
    file: join(folder, 'ingest.sqlite'),
    // Sixteen clients that never pause fill the default of 1,000 within one flush.
    settings: { KINOSTAT_QUEUE_CAP: '20000' },
  });
  const yardstick = await startMercurius();
  try {
    progress(`${points} points to a request: ${rounds} rounds of ${SECONDS_PER_ROUND} s on each side`);
    const latencies = [];
    let committed = 0;
    const pairs = await alternate(
      rounds,
      async (n) => {
        const sessions = await startSessions(server.url, n);
        const before = await settle(server.url);
        const sent = await send(server.url, sessions, points);
        const after = await settle(server.url);
        if (after.dropped > 0 || after.flushed - before.flushed !== sent.samples)
          throw new Error(`${sent.samples} sent: ${JSON.stringify(after)}`);
        committed += sent.samples;
        if (n > 0) latencies.push(...sent.latenciesMs);
        return sent.requests / sent.seconds;
      },
      async (n) => {
        const { requests, seconds } = await send(yardstick.url, uuids(n), points);
        return requests / seconds;
      },
    );
    return {
      ...ratioOf(pairs),
      target: 0.8,
      points,
      requestsPerSecond: {
        kinostat: Math.round(median(pairs.map(({ ours }) => ours))),
        mercurius: Math.round(median(pairs.map((pair) => pair.yardstick))),
      },
      latencyMs: { p50: round(quantile(latencies, 0.5), 2), p99: round(quantile(latencies, 0.99), 2) },
      committed,
    };
  } finally {
    await server.stop();
    await yardstick.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function print({ points, requestsPerSecond, latencyMs, ratio, spread, rounds, committed }) {
  console.table([
    {
      points,
      'kinostat requests/s': requestsPerSecond.kinostat,
      'mercurius requests/s': requestsPerSecond.mercurius,
      ratio,
      spread: spread.join(' - '),
      rounds,
      'p50 ms': latencyMs.p50,
      'p99 ms': latencyMs.p99,
    },
  ]);
  console.log(`${committed} samples committed, none dropped`);
}

const send = (url, sessions, points) =>
  sendTelemetry({ url, sessions, points, startMs: START_MS, seconds: SECONDS_PER_ROUND });

const uuids = (n) => Array.from({ length: CONNECTIONS }, (_, i) => uuidOf(`ingest ${n} ${i}`));

/** One for each connection, committed before the clock runs. */
export async function startSessions(url, n) {
  const sessions = uuids(n);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: IngestInput!) { ingest(input: $input) { rejected { message } } }',
      variables: {
        input: {
          durability: 'COMMITTED',
          starts: sessions.map((sessionUuid) => ({
            sessionUuid,
            startedAtMs: START_MS,
            video: { videoKey: 'bench', title: 'Bench', sourceType: 'LOCAL' },
          })),
        },
      },
    }),
  });
  const { data, errors } = await response.json();
  if (errors !== undefined || data.ingest.rejected.length > 0) throw new Error('The sessions did not start');
  return sessions;
}

async function startMercurius() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('mercurius-server.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [line] = await once(child.stdout, 'data');
  const url = /http:\/\/\S+/.exec(String(line))?.[0];
  if (url === undefined) throw new Error('The yardstick did not start');
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
