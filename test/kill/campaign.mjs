import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPromises, checkRollups, Found } from './check.mjs';
import { ask, Client } from './client.mjs';
import { Ledger } from './ledger.mjs';
import { live, QUEUE_CAP, startServer } from './life.mjs';
import { Random } from './random.mjs';
import { readWal } from './wal.mjs';

const CLIENTS = 5;
const FLUSH_INTERVALS_MS = [10, 50, 200, 500];
/** Of the requests of a run; the fewer ask for a commit, the more waits in the queue. */
const COMMITTED_SHARES = [0.02, 0.2, 0.6];
/** A loss may be older than the flush interval by what one flush, its lock and its answer take, ms. */
const FLUSH_SLACK_MS = 2_000;

/**
 * @typedef {import('./life.mjs').Phase} Phase
 * @typedef {object} Summary
 * @property {number} runs
 * @property {Record<Phase, number>} kills
 * @property {Record<string, number>} under what was going on at the kill, as far as it can be told
 * @property {number} promises COMMITTED items, counted once for every kill they had to survive
 * @property {number} items sent in all
 * @property {number} queuedLost
 * @property {number} queuedLostMax in one kill
 * @property {number} oldestLossMs how long before the kill the oldest lost item had been answered
 * @property {number} lossBound
 * @property {number} databases
 * @property {string[]} problems
 *
 * @typedef {object} Options
 * @property {number} runs
 * @property {number} seed
 * @property {number} runsPerDatabase
 * @property {string} main dist/main.js
 * @property {(line: string) => void} progress
 */

/** @param {Options} options @returns {Promise<Summary>} */
export async function runKills({ runs, seed, runsPerDatabase, main, progress }) {
  /** @type {Summary} */
  const summary = {
    runs: 0,
    kills: { 'start-up': 0, load: 0, drain: 0 },
    under: {},
    promises: 0,
    items: 0,
    queuedLost: 0,
    queuedLostMax: 0,
    oldestLossMs: 0,
    // What waits is at most the cap, and what is in flight was at most that when it was taken.
    lossBound: 2 * QUEUE_CAP,
    databases: 0,
    problems: [],
  };
  const random = new Random(seed);
  while (summary.runs < runs) {
    const folder = await mkdtemp(join(tmpdir(), 'kinostat-kill-'));
    const campaign = new Campaign(join(folder, 'kill.sqlite'), main, random.fork(), summary, progress);
    const knownProblems = summary.problems.length;
    const isClean = () => summary.problems.length === knownProblems;
    const count = Math.min(runsPerDatabase, runs - summary.runs);
    for (let run = 0; run < count && isClean(); run += 1) await campaign.run(run === 0);
    if (isClean()) await campaign.finish();
    summary.databases += 1;
    // A database of which a promise was broken is left for whoever looks into it.
    if (isClean()) await rm(folder, { recursive: true, force: true });
    else progress(`the database is left in ${folder}`);
  }
  return summary;
}

/** Kills on one long-lived database. */
class Campaign {
  #ledger = new Ledger();
  /** Of earlier runs, to be sent again. @type {import('./ledger.mjs').Item[]} */
  #backlog = [];
  #clients;
  #resender;

  /**
   * @param {string} file
   * @param {string} main
   * @param {Random} random
   * @param {Summary} summary
   * @param {(line: string) => void} progress
   */
  constructor(file, main, random, summary, progress) {
    this.file = file;
    this.main = main;
    this.random = random;
    this.summary = summary;
    this.progress = progress;
    this.#clients = Array.from({ length: CLIENTS }, (_, id) => new Client(id, random.fork(), this.#ledger));
    this.#resender = new Client(-1, random.fork(), this.#ledger);
  }

  /** One life of a server, its violent end, and what it left. @param {boolean} isFirst */
  async run(isFirst) {
    const { random, summary } = this;
    this.#ledger.requests = [];
    const sinceMs = Date.now();
    const flushIntervalMs = random.pick(FLUSH_INTERVALS_MS);
    const committedShare = random.pick(COMMITTED_SHARES);
    for (const client of this.#clients) client.committedShare = committedShare;
    const server = startServer(this.main, this.file, flushIntervalMs);
    const { phase, killedMs, under } = await live({
      server,
      random,
      clients: this.#clients,
      resend: (url) => this.#resender.resend(url, this.#backlog),
      isEarly: isFirst || random.chance(0.1),
    });
    const { code } = await server.exited;
    const wal = readWal(this.file);
    if (wal.torn > 0) under.push('a transaction half written');
    const found = new Found(this.file, sinceMs);
    for (const job of found.cutJobs) under.push(`job ${job}`);
    if (!found.hasTables) under.push('no tables yet');
    const { problems, committed, lost, oldestLossMs } = checkPromises(this.#ledger, found, killedMs);
    if (lost > summary.lossBound) problems.push(`${lost} QUEUED items are lost, more than the tail`);
    if (lost > 0 && oldestLossMs > flushIntervalMs + FLUSH_SLACK_MS) {
      problems.push(`A QUEUED item answered ${Math.round(oldestLossMs)} ms before the kill is lost`);
    }
    // A server that ended by itself had written everything.
    if (code === 0 && lost > 0) problems.push(`${lost} QUEUED items are lost after a clean end`);
    if (code !== null && code !== 0) problems.push(`The server ended by itself with ${code}`);
    if (/unexpected error/.test(server.log)) problems.push('The server logged an unexpected error');
    summary.runs += 1;
    summary.kills[phase] += 1;
    for (const name of code === 0 ? ['had just ended'] : under) {
      summary.under[name] = (summary.under[name] ?? 0) + 1;
    }
    summary.promises += committed;
    summary.queuedLost += lost;
    summary.queuedLostMax = Math.max(summary.queuedLostMax, lost);
    summary.oldestLossMs = Math.max(summary.oldestLossMs, oldestLossMs);
    this.#report(problems, server);
    this.#backlog = [...this.#ledger.items()].filter((item) => !item.isSettled);
    this.progress(
      `run ${summary.runs}: killed in ${phase}${under.length > 0 ? ` (${under.join(', ')})` : ''}, ` +
        `${committed} committed items there, ${lost} queued lost, wal ${wal.frames} pages`,
    );
  }

  /** Everything is sent once more, in any order; then nothing is missing, nothing is there twice. */
  async finish() {
    this.#ledger.requests = [];
    const server = startServer(this.main, this.file, 50);
    const url = await server.listening;
    /** @type {string[]} */
    const problems = [];
    if (url === null) problems.push('The server does not start any more');
    else {
      const items = [...this.#ledger.items()];
      this.summary.items += items.length;
      if (!(await this.#resender.resend(url, items))) problems.push('Sending again failed');
      for (const name of ['prune', 'roll-up']) {
        const answer = await ask(url, 'mutation ($n: String!) { runJob(name: $n) { status summary } }', {
          n: name,
        });
        const run = answer?.data?.runJob;
        if (run?.status !== 'SUCCEEDED') problems.push(`The job ${name} failed: ${JSON.stringify(answer)}`);
      }
      server.signal('SIGTERM');
    }
    const { code, signal } = await server.exited;
    if (code !== 0) problems.push(`SIGTERM ended the server with ${signal ?? code}`);
    const found = new Found(this.file, Date.now());
    problems.push(...found.problems);
    const { sessions } = this.#ledger;
    for (const session of sessions.values()) {
      const wrong = found.problemsOf(session);
      if (wrong.length > 0)
        problems.push(`${session.age} session ${session.uuid}: ${wrong.slice(0, 3).join('; ')}`);
    }
    const rows = [...sessions.values()]
      .filter(({ age }) => age === 'live')
      .reduce((sum, { samples, events }) => sum + samples.length + events.length, 0);
    if (found.sessionCount !== sessions.size)
      problems.push(`${found.sessionCount} sessions, expected ${sessions.size}`);
    if (found.rowCount !== rows) problems.push(`${found.rowCount} samples and events, expected ${rows}`);
    if (found.deadLetterCount > 0)
      problems.push(`${found.deadLetterCount} dead letters of known sessions remain`);
    problems.push(...checkRollups(this.file, sessions.values()));
    this.#report(problems, server);
    this.progress(
      `everything sent again: ${sessions.size} sessions, ${rows} samples and events, as expected`,
    );
  }

  /** @param {string[]} problems @param {import('./server-process.mjs').ServerProcess} server */
  #report(problems, server) {
    this.summary.problems.push(...problems.slice(0, 20));
    if (problems.length === 0) return;
    for (const problem of problems.slice(0, 20)) this.progress(`VIOLATION ${problem}`);
    this.progress(`log of the server:\n${server.log}`);
  }
}
