import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { uuidOf } from '../dist/cli/demo-history.js';
import { END_MS, videoKeyOf } from './history.mjs';
import { alternate, median, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';

const NEW_PLAYBACKS = 200;
const VIDEO_COUNT = 200;
const SLICE_MS = 900_000;
const { signal: never } = new globalThis.AbortController();

/**
 * Milliseconds to roll up 200 new playbacks of ten minutes in the last hours of a year, against the same in a database
 * that has nothing else. What they touch is some slices of a day, which has other playbacks in it.
 */
export async function absorb(file, rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const open = [];
  try {
    copyFileSync(file, join(folder, 'full.sqlite'));
    await (await openStore(join(folder, 'empty.sqlite'))).store.close();
    const empty = new Database(join(folder, 'empty.sqlite'));
    const video =
      empty.prepare(`INSERT INTO imm_videos (video_key, canonical_title, source_type, created_at_ms, updated_at_ms)
      VALUES (?, 'Bench', 2, 1, 1)`);
    for (let id = 1; id <= VIDEO_COUNT; id += 1) video.run(videoKeyOf(id));
    empty.close();
    for (const name of ['full.sqlite', 'empty.sqlite']) open.push(await openStore(join(folder, name)));
    const [full, alone] = open;
    const pairs = await alternate(
      rounds,
      (n) => rollUp(full.store, n),
      (n) => rollUp(alone.store, n),
    );
    return {
      ...ratioOf(pairs),
      playbacks: NEW_PLAYBACKS,
      ms: round(median(pairs.map(({ ours }) => ours)), 1),
      msAlone: round(median(pairs.map(({ yardstick }) => yardstick)), 1),
    };
  } finally {
    for (const { store } of open) await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each round has a slice of its own. */
async function rollUp(store, n) {
  const startMs = END_MS - (20 - n) * SLICE_MS;
  const common = { quality: '720p', positionMs: 0, isPlaying: true };
  const started = Array.from({ length: NEW_PLAYBACKS }, (_, k) => ({
    ...{ ...common, kind: 'startPlayback', playbackToken: uuidOf(`absorb ${n} ${k}`) },
    ...{ videoKey: videoKeyOf(1 + (k % VIDEO_COUNT)), viewerUuid: null, durationMs: null },
    receivedAtMs: startMs + k * 1_000,
  }));
  const reported = started.map(({ playbackToken, receivedAtMs }) => ({
    ...{ ...common, kind: 'playbackHeartbeat', playbackToken, maxCountedMs: 20_000 },
    receivedAtMs: receivedAtMs + 600_000,
  }));
  const results = await store.apply([[...started, ...reported]], END_MS);
  if (JSON.stringify(results).includes('rejected":1')) throw new Error('A playback was refused');
  const startedMs = performance.now();
  const { cellsCount } = await store.maintenance.rollUp(never);
  if (cellsCount === 0) throw new Error('Nothing was rolled up');
  return performance.now() - startedMs;
}
