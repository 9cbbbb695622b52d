import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RETENTION_PRESETS } from '../dist/domain/retention.js';
import { historyFile, START_MS } from './history.mjs';
import { alternate, median, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';
import { requestsOf, startSessions } from './writer-rows.mjs';

const NEW_ROWS = 10_000;
const COMMANDS_PER_FLUSH = 1_000;

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const { signal: never } = new globalThis.AbortController();

/**
 * Seconds to absorb 10,000 new samples (flushes, then the roll-up of what they made dirty) beside many old ones, and to
 * prune the 10,000 oldest, against the same in a database that holds nothing else: the cost should follow what is new.
 */
export async function run({ rounds, rows, progress }) {
  const rowCount = rows ?? 10_000_000;
  const history = await historyFile(rowCount, progress);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const open = [];
  try {
    copyFileSync(history, join(folder, 'full.sqlite'));
    for (const name of ['full.sqlite', 'empty.sqlite']) open.push(await openStore(join(folder, name)));
    progress(`${rounds} rounds of ${NEW_ROWS} samples beside ${rowCount} and beside none`);
    const [full, empty] = open;
    const pairs = await alternate(
      rounds,
      async (n) => ({ ...(await absorb(full.store, n)), prune: await pruneFull(full.store, rowCount, n) }),
      async (n) => ({ ...(await absorb(empty.store, n)), prune: await pruneEmpty(empty.store, n) }),
    );
    const of = (part) =>
      pairs.map(({ ours, yardstick }) => ({ ours: ours[part], yardstick: yardstick[part] }));
    const parts = ['flush', 'rollUp', 'prune'].map((part) => ({
      part,
      ...ratioOf(of(part)),
      seconds: round(median(of(part).map(({ ours }) => ours)), 4),
      secondsAlone: round(median(of(part).map(({ yardstick }) => yardstick)), 4),
    }));
    const absorbed = pairs.map(({ ours, yardstick }) => ({
      ours: ours.flush + ours.rollUp,
      yardstick: yardstick.flush + yardstick.rollUp,
    }));
    return { ...ratioOf(absorbed), target: 1.3, rows: rowCount, parts };
  } finally {
    for (const { store } of open) await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function print({ rows, ratio, spread, rounds, parts }) {
  console.log(`beside ${rows} old rows; seconds for ${NEW_ROWS} samples`);
  console.table(
    parts.map((part) => ({
      part: part.part,
      'beside them': part.seconds,
      alone: part.secondsAlone,
      ratio: part.ratio,
      spread: part.spread.join(' - '),
    })),
  );
  console.log(`flush and roll-up: ratio ${ratio} (${spread.join(' - ')}), ${rounds} rounds`);
}

const secondsOf = async (work) => {
  const startedMs = performance.now();
  const result = await work();
  return [(performance.now() - startedMs) / 1_000, result];
};

async function absorb(store, n) {
  const requests = requestsOf(n + 1_000, NEW_ROWS);
  await startSessions(store, requests);
  await store.maintenance.rollUp(never);
  await store.maintenance.checkpoint();
  const commands = requests.flatMap((request) => request.commands);
  const [flush] = await secondsOf(async () => {
    for (let done = 0; done < commands.length; done += COMMANDS_PER_FLUSH)
      await store.apply([commands.slice(done, done + COMMANDS_PER_FLUSH)], Date.now());
  });
  const [rollUp, { cellsCount }] = await secondsOf(() => store.maintenance.rollUp(never));
  if (cellsCount === 0) throw new Error('There was nothing to roll up');
  return { flush, rollUp };
}

/** The next oldest rows of the history. */
async function pruneFull(store, rowCount, n) {
  const daysOfNewRows = (365 * NEW_ROWS) / rowCount;
  return prune(store, START_MS + (n + 1) * daysOfNewRows * DAY_MS);
}

/** As many, put there for it. */
async function pruneEmpty(store, n) {
  const requests = requestsOf(n + 2_000, NEW_ROWS);
  await startSessions(store, requests);
  for (const { commands } of requests) await store.apply([commands], Date.now());
  await store.maintenance.rollUp(never);
  await store.maintenance.checkpoint();
  return prune(store, Date.UTC(2026, 5, 1));
}

async function prune(store, beforeMs) {
  const windows = { ...RETENTION_PRESETS['keep-all'], telemetry: KEPT_DAYS };
  const [seconds, reports] = await secondsOf(() =>
    store.maintenance.prune(windows, beforeMs + KEPT_DAYS * DAY_MS, { isDryRun: false }, never),
  );
  const removed = reports.reduce((sum, { rowCount }) => sum + rowCount, 0);
  if (removed === 0) throw new Error('Nothing was removed');
  // Per 10,000 rows: the bounds of a prune are instants, not counts.
  return (seconds * NEW_ROWS) / removed;
}
