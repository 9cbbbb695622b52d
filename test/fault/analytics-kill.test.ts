import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { DuckdbFile } from '../../src/analytics/duckdb-file.js';
import { start, T0 } from '../support/commands.js';
import { MIGRATIONS, openSqliteTestStore, temporaryFolder } from '../support/store.js';

const SYNC = fileURLToPath(new URL('analytics-sync.mjs', import.meta.url));
const ROWS = 4_000;
const MAX_KILLS = 60;
/** A later kill for each life, ms after it began to sync: some fall into a transaction, some between two. */
const STEP_MS = 23;

const ASKED = `SELECT COUNT(*), COUNT(DISTINCT result_id), SUM(extraction_ms), MIN(result_id), MAX(result_id)
  FROM trx_results`;

it('leaves neither duplicates nor gaps in the analytics copy, wherever its sync is killed', async () => {
  const folder = await temporaryFolder();
  const database = join(folder, 'x.sqlite');
  const file = join(folder, 'x.duckdb');
  const s = await openSqliteTestStore({}, database);
  try {
    await s.store.apply([[start(1, 'v0'), start(2, 'v1')]], T0);
    await s.backend.transact(
      Array.from({ length: ROWS }, (_, i) => ({
        sql: `INSERT INTO trx_results (video_id, attempt_ms, origin, extraction_ms, extracted_at_ms, recorded_at_ms)
          SELECT video_id, ?, 2, ?, ?, ? FROM imm_videos WHERE video_key = ?`,
        params: [i, i % 977, T0 + i, T0, `v${i % 2}`],
      })),
    );
    const counts = await syncThroughKills(database, file, 0);
    expect(counts.filter((count) => count > 0 && count < ROWS).length).toBeGreaterThan(1);
    expect(await ask(file, ASKED)).toEqual(await s.rows(ASKED));
    // What a tombstone removes goes as a whole.
    const [[videoId] = []] = await s.rows("SELECT video_id FROM imm_videos WHERE video_key = 'v1'");
    await s.store.maintenance.purgeVideo(Number(videoId), new AbortController().signal);
    const left = await syncThroughKills(database, file, ROWS / 2);
    expect(left.filter((count) => count !== ROWS && count !== ROWS / 2)).toEqual([]);
    expect(await ask(file, ASKED)).toEqual(await s.rows(ASKED));
    expect(await ask(file, 'SELECT COUNT(*) FROM kinostat_tombstones')).toEqual([[1]]);
  } finally {
    await s.store.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

/**
 * Kills one sync after the other until one comes to its end. Answers how many rows each of them left; `buriedCount` of
 * those that were there are to go as a whole.
 */
async function syncThroughKills(database: string, file: string, buriedCount: number): Promise<number[]> {
  const counts: number[] = [];
  for (let life = 0; life < MAX_KILLS; life += 1) {
    const isComplete = await liveAndDie(database, file, 5 + life * STEP_MS);
    const [[count = 0, distinct, sumMs] = []] = await ask(file, ASKED);
    expect(distinct).toBe(count);
    // What is derived of the rows came and went with them.
    const derived = 'SELECT COALESCE(SUM(fact_count), 0), SUM(total_ms) FROM trx_result_slices';
    expect(await ask(file, derived)).toEqual([[count, sumMs]]);
    counts.push(Number(count));
    if (isComplete) return counts;
    // Below the watermark nothing is missing but what a tombstone took.
    const [[missing] = []] = await ask(
      file,
      `SELECT GREATEST(next_key - 1, 0) - (SELECT COUNT(*) FROM trx_results WHERE result_id < next_key)
       FROM kinostat_watermarks WHERE name = 'trx_results'`,
    );
    expect([0, buriedCount]).toContain(Math.max(0, Number(missing)));
  }
  throw new Error(`No sync came to its end in ${MAX_KILLS} lives`);
}

/** Whether the sync came to its end before the kill. */
async function liveAndDie(database: string, file: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [SYNC, database, file, MIGRATIONS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.setEncoding('utf8');
  const isSyncing = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: string) => {
      said += text;
      resolve();
    });
  });
  await Promise.race([isSyncing, exited]);
  await Promise.race([delay(afterMs), exited]);
  child.kill('SIGKILL');
  await exited;
  return said.includes('complete');
}

async function ask(file: string, sql: string) {
  // The process that had it open ends when it notices that it was left alone.
  const opened = await vi.waitFor(
    () => DuckdbFile.open({ file, memoryBytes: 128 * 1_048_576, threads: 1 }),
    10_000,
  );
  try {
    return await opened.read({ sql, params: [] });
  } finally {
    await opened.close();
  }
}
