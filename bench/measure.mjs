import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import Database from 'better-sqlite3';

/** Figures of fewer rounds are noise on a shared machine. */
export const MIN_ROUNDS = 5;

/** @param {readonly number[]} values @param {number} q from 0 to 1 */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  // Nearest rank: the answer is always something that was measured.
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * Runs A and B in turn, after one round of each that does not count: what else the machine does hits both alike.
 * @template Figure
 * @param {number} rounds
 * @param {(round: number) => Promise<Figure>} ours
 * @param {(round: number) => Promise<Figure>} yardstick
 * @returns {Promise<{ ours: Figure, yardstick: Figure }[]>}
 */
export async function alternate(rounds, ours, yardstick) {
  const results = [];
  for (let round = 0; round <= rounds; round += 1) {
    const result = { ours: await ours(round), yardstick: await yardstick(round) };
    if (round > 0) results.push(result);
  }
  return results;
}

/** Median and spread (lowest and highest round) of the quotients of each round. */
export function ratioOf(pairs) {
  const ratios = pairs.map(({ ours, yardstick }) => ours / yardstick);
  return {
    ratio: round(median(ratios), 3),
    spread: [round(Math.min(...ratios), 3), round(Math.max(...ratios), 3)],
    rounds: pairs.length,
  };
}

/** Of a comparison of writers: rows a second of both sides, and what was in a flush. */
export const writerFigures = (pairs, flushSizes) => ({
  ...ratioOf(pairs),
  rowsPerFlush: Math.round(median(flushSizes)),
  rowsPerSecond: {
    kinostat: Math.round(median(pairs.map(({ ours }) => ours))),
    raw: Math.round(median(pairs.map(({ yardstick }) => yardstick))),
  },
});

export const round = (value, digits) => Number(value.toFixed(digits));

/** What a figure without these would not mean. No names of hosts. */
export function environment() {
  const version = (name) =>
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
      .version;
  const memory = new Database(':memory:');
  const sqlite = memory.prepare('SELECT sqlite_version()').pluck().get();
  memory.close();
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: {
      node: process.version,
      sqlite: String(sqlite),
      betterSqlite3: version('better-sqlite3'),
      kinostat: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
    },
  };
}
