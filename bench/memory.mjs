import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '../load/server-figures.mjs';
import { startServer } from '../load/server-process.mjs';
import { historyFile } from './history.mjs';
import { startSessions } from './ingest.mjs';
import { median, round } from './measure.mjs';
import { sendTelemetry } from './telemetry-client.mjs';

const POINTS = 25;
/** Below what the server can take, so that the queue stays short. */
const REQUESTS_PER_SECOND = 2_000;
const START_MS = Date.UTC(2026, 0, 1);

/**
 * Growth of the server's resident memory after a million samples over HTTP, and the time from its start until it is
 * ready on a database of a million rows.
 */
export async function run({ rounds, rows, progress }) {
  const points = rows ?? 1_000_000;
  const history = await historyFile(1_000_000, progress);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const file = join(folder, 'memory.sqlite');
  try {
    copyFileSync(history, file);
    const startSeconds = [];
    for (let n = 0; n < rounds; n += 1) startSeconds.push(await timeToReady(file));
    progress(`${points} samples over HTTP`);
    const server = await startServer({
      file,
      settings: { KINOSTAT_RETENTION: 'keep-all', KINOSTAT_QUEUE_CAP: '20000' },
    });
    try {
      const sessions = await startSessions(server.url, 0);
      const before = await settle(server.url);
      const atStart = await memoryMb(server.url);
      const sent = await sendTelemetry({
        url: server.url,
        sessions,
        points: POINTS,
        startMs: START_MS,
        seconds: points / POINTS / REQUESTS_PER_SECOND,
        perSecond: REQUESTS_PER_SECOND,
      });
      const after = await settle(server.url);
      if (after.dropped > 0 || after.flushed - before.flushed !== sent.samples)
        throw new Error(`${sent.samples} sent: ${JSON.stringify(after)}`);
      const atEnd = await memoryMb(server.url);
      const ratio = round(atEnd.resident / atStart.resident, 3);
      return {
        ratio,
        spread: [ratio, ratio],
        rounds: 1,
        samples: sent.samples,
        residentMb: {
          atStart: atStart.resident,
          atEnd: atEnd.resident,
          growth: round(atEnd.resident - atStart.resident, 1),
          targetGrowth: 80,
        },
        heapMb: { usedAtStart: atStart.heapUsed, usedAtEnd: atEnd.heapUsed, totalAtEnd: atEnd.heapTotal },
        startSeconds: {
          median: round(median(startSeconds), 2),
          highest: round(Math.max(...startSeconds), 2),
          target: 1,
        },
      };
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function print({ samples, residentMb: mb, heapMb, startSeconds }) {
  console.table([
    {
      samples,
      'RSS at start MB': mb.atStart,
      'RSS at end MB': mb.atEnd,
      'growth MB': mb.growth,
      'heap used MB': heapMb.usedAtEnd,
      'heap MB': heapMb.totalAtEnd,
      'start to ready s': startSeconds.median,
      'slowest s': startSeconds.highest,
    },
  ]);
}

async function timeToReady(file) {
  const startedMs = performance.now();
  const server = await startServer({ file, settings: { KINOSTAT_RETENTION: 'keep-all' } });
  try {
    while (!(await fetch(`${server.url}/readyz`)).ok);
    return (performance.now() - startedMs) / 1_000;
  } finally {
    await server.stop();
  }
}

/** Of the process and of the heap of its main thread, in MB. */
async function memoryMb(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const of = (name) => {
    const bytes = new RegExp(`^kinostat_${name} (\\S+)$`, 'm').exec(metrics)?.[1];
    if (bytes === undefined) throw new Error(`The server does not tell ${name}`);
    return round(Number(bytes) / 2 ** 20, 1);
  };
  return {
    resident: of('process_resident_memory_bytes'),
    heapUsed: of('nodejs_heap_size_used_bytes'),
    heapTotal: of('nodejs_heap_size_total_bytes'),
  };
}
