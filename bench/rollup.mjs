import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyFile } from './history.mjs';
import { alternate, median, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';
import { requestsOf, startSessions } from './writer-rows.mjs';

const NEW_ROWS = 10_000;
const COMMANDS_PER_FLUSH = 1_000;

/**
 * Seconds to absorb 10,000 new samples (flushes, then the roll-up of what they made dirty) beside many old ones, against
 * the same in a database that was empty at first: the cost should follow what is new.
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
      (n) => absorb(full.store, n),
      (n) => absorb(empty.store, n),
    );
    const seconds = (side) => round(median(pairs.map((pair) => pair[side])), 3);
    return {
      ...ratioOf(pairs),
      target: 1.3,
      rows: rowCount,
      seconds: { full: seconds('ours'), empty: seconds('yardstick') },
    };
  } finally {
    for (const { store } of open) await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function print({ rows, seconds, ratio, spread, rounds }) {
  console.table([
    {
      'old rows': rows,
      'beside them s': seconds.full,
      'alone s': seconds.empty,
      ratio,
      spread: spread.join(' - '),
      rounds,
    },
  ]);
}

async function absorb(store, n) {
  const { signal: never } = new globalThis.AbortController();
  const requests = requestsOf(n + 1_000, NEW_ROWS);
  await startSessions(store, requests);
  await store.maintenance.rollUp(never);
  await store.maintenance.checkpoint();
  const commands = requests.flatMap((request) => request.commands);
  const startedMs = performance.now();
  for (let done = 0; done < commands.length; done += COMMANDS_PER_FLUSH)
    await store.apply([commands.slice(done, done + COMMANDS_PER_FLUSH)], Date.now());
  const { cellsCount } = await store.maintenance.rollUp(never);
  const seconds = (performance.now() - startedMs) / 1_000;
  if (cellsCount === 0) throw new Error('There was nothing to roll up');
  return seconds;
}
