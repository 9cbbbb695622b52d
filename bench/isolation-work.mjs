import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRandom } from '../dist/cli/demo-history.js';
import { ask } from '../load/server-figures.mjs';
import { Connection } from './connection.mjs';
import { END_MS, sessionCountOf, START_MS } from './history.mjs';
import { OPERATIONS } from './reads-operations.mjs';

const CLIENTS = 4;
const ANALYTICS = `query ($range: TimeRangeInput!) {
  extractionPerformance(range: $range) { p95Ms }
  extractionDaily(range: $range) { extractions }
}`;
const ANALYTICS_RANGE = {
  range: { from: new Date(START_MS).toISOString(), to: new Date(END_MS).toISOString() },
};
const RUN_JOB = 'mutation ($name: String!) { runJob(name: $name) { status summary } }';

/** Runs a job now; answers its summary, and throws when it did not succeed. */
async function runJob(url, name) {
  const { status, summary } = (await ask(url, RUN_JOB, { name })).runJob;
  if (status !== 'SUCCEEDED') throw new Error(`${name}: ${status} ${summary}`);
  return summary;
}

/**
 * What runs beside ingest, all of it at once. Each answers a line about what it did; `--only queries,backup` picks some.
 * `context` is { url, file, rowCount, isOver }: work without an end of its own stops when `isOver()`.
 * @type {Record<string, (context: { url: string, file: string, rowCount: number, isOver: () => boolean }) => Promise<string>>}
 */
export const WORK = {
  async queries(context) {
    const clients = Array.from({ length: CLIENTS }, (_, client) => loop(context, client));
    const counts = await Promise.all(clients);
    return `${counts.reduce((sum, count) => sum + count, 0)} queries`;
  },

  /** Jobs run one at a time: the prune begins with the server, then the vacuum gives back what it freed, then roll-ups. */
  async prune({ url }) {
    return runJob(url, 'prune');
  },

  async vacuum({ url }) {
    return runJob(url, 'vacuum');
  },

  async 'roll-ups'({ url, isOver }) {
    let count = 0;
    for (; !isOver(); count += 1) await runJob(url, 'roll-up');
    return `${count} roll-ups`;
  },

  /** The first copy to DuckDB began with the server; then all of it is compared again and again, and questions are asked. */
  async analytics({ url, isOver }) {
    const connection = await Connection.open(new URL(url));
    let count = 0;
    const questions = (async () => {
      for (; !isOver(); count += 1) {
        const answer = await connection.post(
          JSON.stringify({ query: ANALYTICS, variables: ANALYTICS_RANGE }),
        );
        if (!answer.startsWith('{"data"')) throw new Error(`analytics: ${answer.slice(0, 300)}`);
      }
      connection.close();
    })();
    let compared = 0;
    for (; !isOver(); compared += 1) await runJob(url, 'analytics-reconcile');
    await questions;
    return `${count} questions, compared ${compared} times`;
  },

  /** As an operator does it: `kinostat backup` in a process of its own. */
  async backup({ file }) {
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const env = { ...process.env, KINOSTAT_SQLITE_FILE: file };
    await promisify(execFile)(process.execPath, [main, 'backup', `${file}.backup`], { env });
    rmSync(`${file}.backup`);
    return 'one backup';
  },
};

async function loop({ url, rowCount, isOver }, client) {
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
