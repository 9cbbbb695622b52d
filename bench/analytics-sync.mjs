import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckdbFile } from '../dist/analytics/duckdb-file.js';
import { COUNTER_COLUMNS } from '../dist/db/commands/sql-text.js';
import { openCopy } from './analytics-copy.mjs';
import { extractionFile } from './extraction-history.mjs';
import { END_MS } from './history.mjs';
import { alternate, median, quantile, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';
import { startSessions } from './writer-rows.mjs';

const ROWS = 1_000_000;
const ALONE_MS = 4_000;
/** A transaction of 25 samples is due as often. */
const COMMIT_EVERY_MS = 20;
const SAMPLES = 25;
const RESOLUTION_MS = 1;
const SESSION = '00000000-0000-4000-8000-000000000001';
const COUNTERS = COUNTER_COLUMNS.map(() => 1);

/**
 * What a first copy of a million results does to the process that makes it: the delay of its event loop, and the time from
 * when a commit of 25 samples to the same database was due until it was there; against the same commits alone.
 */
export async function measureSync(rounds, progress) {
  const folder = await mkdtemp(join(tmpdir(), 'kinostat-bench-'));
  const file = join(folder, 'x.sqlite');
  await copyFile(await extractionFile(ROWS, progress), file);
  const { store, facts } = await openStore(file);
  let next = END_MS;
  const commit = () => {
    next += SAMPLES;
    const samples = Array.from({ length: SAMPLES }, (_, i) => ({
      ...{ kind: 'recordSample', sessionUuid: SESSION, sampleMs: next + i, counters: COUNTERS },
    }));
    return store.apply([samples], END_MS);
  };
  /** Commits until the work is done. */
  const beside = async (work) => {
    const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    const commits = [];
    let isOver = false;
    loop.enable();
    const startedMs = performance.now();
    const ingest = async () => {
      for (let dueMs = startedMs; !isOver; dueMs += COMMIT_EVERY_MS) {
        await delay(Math.max(0, dueMs - performance.now()));
        await commit();
        commits.push(performance.now() - dueMs);
      }
    };
    const ingesting = ingest();
    await work();
    const seconds = (performance.now() - startedMs) / 1_000;
    isOver = true;
    await ingesting;
    loop.disable();
    return {
      loopP99Ms: loop.percentile(99) / 1e6,
      loopMaxMs: loop.max / 1e6,
      commitP50Ms: quantile(commits, 0.5),
      commitP99Ms: quantile(commits, 0.99),
      seconds,
    };
  };
  try {
    await startSessions(store, [{ sessionUuid: SESSION }]);
    const pairs = await alternate(
      rounds,
      async () => {
        const copy = join(folder, 'x.duckdb');
        await DuckdbFile.remove(copy);
        const engine = await openCopy(copy, facts, file);
        const figures = await beside(() => engine.sync(new globalThis.AbortController().signal));
        await engine.close();
        progress(
          `sync of ${round(figures.seconds, 1)} s: event loop p99 ${round(figures.loopP99Ms, 1)} ms, commits p99 ${round(figures.commitP99Ms, 1)} ms`,
        );
        return figures;
      },
      () => beside(() => delay(ALONE_MS)),
    );
    const medianOf = (side) =>
      Object.fromEntries(
        Object.keys(pairs[0][side]).map((name) => [
          name,
          round(median(pairs.map((pair) => pair[side][name])), 1),
        ]),
      );
    return {
      rows: ROWS,
      during: medianOf('ours'),
      alone: medianOf('yardstick'),
      commitP99: ratioOf(
        pairs.map(({ ours, yardstick }) => ({ ours: ours.commitP99Ms, yardstick: yardstick.commitP99Ms })),
      ),
    };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
