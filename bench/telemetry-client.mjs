// Sends recordTelemetry on keep-alive connections from a thread of its own, with as little work as it can: the clients
// share the machine with the server they measure.
import { setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Connection } from './connection.mjs';

const QUERY =
  'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted dropped } }';
const SAMPLE_EVERY_MS = 1_000;

/**
 * Each connection sends for a session of its own. Without a rate the next request follows the answer; with one,
 * requests leave when they are due, and waiting counts from then on.
 * @param {object} options
 * @param {string} options.url of the server
 * @param {readonly string[]} options.sessions UUIDs, one for each connection
 * @param {number} options.points samples of a request
 * @param {number} options.startMs the instant before the first sample
 * @param {number} options.seconds
 * @param {number} [options.perSecond] requests of all connections together
 * @returns {Promise<{ requests: number, samples: number, seconds: number, latenciesMs: Float64Array }>}
 */
export async function sendTelemetry(options) {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The client ended with ${code}`)));
    });
  } finally {
    await worker.terminate();
  }
}

/**
 * The client stands for one on another machine: its own wait for a core is not the server's latency. It takes 3 to 6 percent of one.
 * Without the right to it nothing is changed, and the tail of a busy server is that much longer.
 */
const NICE = -10;

function goFirst() {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, NICE);
  } catch {
    // Not everybody may.
  }
}

async function drive({ url, sessions, points, startMs, seconds, perSecond }) {
  goFirst();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  const latencies = [];
  await Promise.all(
    sessions.map(async (sessionUuid, place) => {
      const connection = await Connection.open(new URL(url));
      let sampleMs = startMs;
      // Connections begin one after the other, so that they do not answer in step.
      const everyMs = perSecond === undefined ? 0 : (sessions.length / perSecond) * 1_000;
      let dueMs = startedMs + (everyMs * place) / sessions.length;
      for (;;) {
        if (everyMs > 0) await until(dueMs);
        const sentMs = everyMs > 0 ? dueMs : performance.now();
        if (sentMs >= endMs) break;
        const body = bodyOf(sessionUuid, points, sampleMs);
        sampleMs += points * SAMPLE_EVERY_MS;
        const answer = await connection.post(body);
        if (!answer.startsWith('{"data"')) throw new Error(`The server answered: ${answer.slice(0, 300)}`);
        latencies.push(performance.now() - sentMs);
        dueMs += everyMs;
      }
      connection.close();
    }),
  );
  return {
    requests: latencies.length,
    samples: latencies.length * points,
    seconds: (performance.now() - startedMs) / 1_000,
    latenciesMs: Float64Array.from(latencies),
  };
}

const until = (atMs) => new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));

/** Thirteen counters to a sample, as players send them. */
function bodyOf(sessionUuid, points, fromMs) {
  let samples = '';
  for (let n = 1; n <= points; n += 1) {
    const sampleMs = fromMs + n * SAMPLE_EVERY_MS;
    const count = Math.floor((sampleMs / 1_000) % 1_000_000);
    samples +=
      `${n > 1 ? ',' : ''}{"sampleMs":${sampleMs},"totalWatchedMs":${count * 1_000},"activeWatchedMs":${count * 900},` +
      `"linesSeen":${count},"wordsSeen":${count * 7},"tokensSeen":${count * 11},"cardsMined":1,"lookupCount":${count},` +
      `"lookupHits":${count},"pauseCount":3,"pauseMs":400,"seekForwardCount":1,"seekBackwardCount":2,"mediaBufferEvents":0}`;
  }
  return `{"query":"${QUERY}","variables":{"input":{"sessionUuid":"${sessionUuid}","samples":[${samples}]}}}`;
}

if (!isMainThread) parentPort.postMessage(await drive(workerData));
