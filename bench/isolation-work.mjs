import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ask } from '../load/server-figures.mjs';
import { startClients } from './looping-clients.mjs';

const CLIENTS = 4;
/** Some seconds of roll-ups before it: it is one job, and longer than the clock runs. */
const VACUUM_AFTER_MS = 12_000;
const BACKUP_EVERY_MS = 5_000;
const RUN_JOB = 'mutation ($name: String!) { runJob(name: $name) { status summary } }';

/** Runs a job now; answers its summary, and throws when it did not succeed. */
async function runJob(url, name) {
  const { status, summary } = (await ask(url, RUN_JOB, { name })).runJob;
  if (status !== 'SUCCEEDED') throw new Error(`${name}: ${status} ${summary}`);
  return summary;
}

/**
 * What runs beside ingest, all of it at once. Each answers a line about what it did; `--only queries,backup` picks some.
 * `context` is { url, file, rowCount, over, isOver }: work without an end of its own stops when `over` resolves.
 * @type {Record<string, (context: { url: string, file: string, rowCount: number, over: Promise<void>, isOver: () => boolean }) => Promise<string>>}
 */
export const WORK = {
  async queries({ url, rowCount, over }) {
    const clients = startClients({ url, questions: 'dashboard', clients: CLIENTS, rowCount });
    await over;
    return `${await clients.stop()} queries`;
  },

  /** Jobs run one at a time: the prune begins with the server, then come roll-ups, then the vacuum gives back what was freed. */
  async prune({ url }) {
    return runJob(url, 'prune');
  },

  async vacuum({ url }) {
    await wait(VACUUM_AFTER_MS);
    return runJob(url, 'vacuum');
  },

  async 'roll-ups'({ url, isOver }) {
    let count = 0;
    for (; !isOver(); count += 1) await runJob(url, 'roll-up');
    return `${count} roll-ups`;
  },

  /** The first copy to DuckDB began with the server; then all of it is compared again and again, and questions are asked. */
  async analytics({ url, rowCount, over, isOver }) {
    const clients = startClients({ url, questions: 'analytics', clients: 1, rowCount });
    let compared = 0;
    for (; !isOver(); compared += 1) await runJob(url, 'analytics-reconcile');
    await over;
    return `${await clients.stop()} questions, compared ${compared} times`;
  },

  /** As an operator does it: `kinostat backup` in a process of its own. */
  async backup({ file, isOver }) {
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const env = { ...process.env, KINOSTAT_SQLITE_FILE: file };
    let count = 0;
    for (; !isOver(); count += 1) {
      await wait(BACKUP_EVERY_MS);
      await promisify(execFile)(process.execPath, [main, 'backup', `${file}.backup`], { env });
      rmSync(`${file}.backup`);
    }
    return `${count} backups`;
  },
};
