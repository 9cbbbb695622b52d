import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './client.mjs';
import { ServerProcess } from './server-process.mjs';

/** @typedef {'start-up' | 'load' | 'drain'} Phase */

export const QUEUE_CAP = 500;
const CLIENTS_WAIT_MS = 1_500;
const JOBS = ['roll-up', 'prune', 'checkpoint', 'sweep', 'optimize', 'vacuum'];

/**
 * A server whose jobs run as often as settings allow.
 * @param {string} main
 * @param {string} file
 * @param {number} flushIntervalMs
 */
export const startServer = (main, file, flushIntervalMs) =>
  new ServerProcess(main, {
    KINOSTAT_SQLITE_FILE: file,
    KINOSTAT_LOG_LEVEL: 'warn',
    KINOSTAT_BATCH_SIZE: '50',
    KINOSTAT_FLUSH_INTERVAL_MS: String(flushIntervalMs),
    KINOSTAT_QUEUE_CAP: String(QUEUE_CAP),
    KINOSTAT_OVERFLOW_POLICY: 'BACKPRESSURE',
    KINOSTAT_ROLLUP_INTERVAL_MS: '1000',
    KINOSTAT_SWEEP_INTERVAL_MS: '1000',
    KINOSTAT_CHECKPOINT_INTERVAL_MS: '1000',
    KINOSTAT_PRUNE_INTERVAL_MS: '60000',
    KINOSTAT_VACUUM_INTERVAL_MS: '60000',
    KINOSTAT_SESSION_IDLE_MS: '10000',
    KINOSTAT_RETENTION_SLICES_DAYS: '60',
  });

/**
 * Lets clients and jobs run until the kill. Answers what was going on then.
 * @param {object} options
 * @param {ServerProcess} options.server
 * @param {import('./random.mjs').Random} options.random
 * @param {readonly import('./client.mjs').Client[]} options.clients
 * @param {(url: string) => Promise<unknown>} options.resend
 * @param {boolean} options.isEarly kill while it starts
 * @returns {Promise<{ phase: Phase, killedMs: number, under: string[] }>}
 */
export async function live({ server, random, clients, resend, isEarly }) {
  /** @type {string[]} */
  const under = [];
  if (isEarly) {
    await Promise.race([delay(random.int(100, 900)), server.exited]);
    server.signal('SIGKILL');
    return { phase: 'start-up', killedMs: performance.now(), under };
  }
  const url = await server.listening;
  if (url === null) throw new Error(`The server does not start:\n${server.log}`);
  const state = { isOver: false, job: /** @type {string | null} */ (null) };
  const work = [
    ...clients.map((client) => client.run(url, () => state.isOver)),
    resend(url),
    administer(url, random.fork(), state),
  ];
  const isCommitting = () => clients.some(({ waiting }) => waiting > 0);
  await delay(random.int(20, 1_500));
  // Flushes and jobs are short: a part of the kills waits for one to be under way.
  const aim = random.pick([null, null, isCommitting, () => state.job !== null]);
  if (aim !== null) await until(aim, random.int(0, 8));
  const isDrain = random.chance(0.15);
  if (isDrain) {
    server.signal('SIGTERM');
    await Promise.race([delay(random.int(0, 120)), server.exited]);
  }
  if (isCommitting()) under.push('a COMMITTED request waiting');
  if (state.job !== null) under.push(`runJob ${state.job}`);
  server.signal('SIGKILL');
  const killedMs = performance.now();
  state.isOver = true;
  await Promise.all(work);
  return { phase: isDrain ? 'drain' : 'load', killedMs, under };
}

/** @param {() => boolean} isSo @param {number} furtherMs */
async function until(isSo, furtherMs) {
  const startedMs = performance.now();
  while (!isSo() && performance.now() - startedMs < CLIENTS_WAIT_MS) await delay(0);
  await delay(furtherMs);
}

/**
 * @param {string} url
 * @param {import('./random.mjs').Random} random
 * @param {{ isOver: boolean, job: string | null }} state
 */
async function administer(url, random, state) {
  while (!state.isOver) {
    await delay(random.int(20, 250));
    if (state.isOver) return;
    state.job = random.pick(JOBS);
    const query = 'mutation ($n: String!) { runJob(name: $n) { status } }';
    const answer = await ask(url, query, { n: state.job });
    state.job = null;
    if (answer === null) return;
  }
}
