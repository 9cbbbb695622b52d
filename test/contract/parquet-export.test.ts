import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportParquet, type Partition } from '../../src/analytics/parquet-export.js';
import { FACT_TABLES } from '../../src/db/queries/analytics/fact-tables.js';
import { sliceOf } from '../../src/domain/time.js';
import { extraction, startProcess } from '../support/agent-commands.js';
import { openTestEngine } from '../support/analytics-copy.js';
import { event, sample, start, T0 } from '../support/commands.js';
import { openTestStore, temporaryFolder, type TestStore } from '../support/store.js';

const go = new AbortController().signal;
/** The last second of a year, month and day, and the next one. */
const OLD_MS = Date.parse('2025-12-31T23:59:59Z');
const NEW_MS = OLD_MS + 1_000;
/** What has no instant is not divided. */
const UNDIVIDED = new Set(['trx_error_codes', 'trx_jobs', 'imm_videos', 'ply_viewers', 'imm_session_totals']);
const FOLDERS: Readonly<Record<Partition, readonly string[]>> = {
  day: ['day=2025-12-31', 'day=2026-01-01'],
  month: ['month=2025-12', 'month=2026-01'],
  year: ['year=2025', 'year=2026'],
};

let s: TestStore;
let folder: string;
let file: string;
beforeEach(async () => {
  s = await openTestStore();
  folder = await temporaryFolder();
  file = join(folder, 'analytics.duckdb');
  await fill();
  const engine = await openTestEngine(file, s.facts);
  await engine.sync(go);
  await engine.close();
});
afterEach(async () => {
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Two rows in every table, one on each side of the turn of the year. */
async function fill(): Promise<void> {
  const [first, second] = [OLD_MS, NEW_MS];
  await s.store.apply(
    [
      [first, second].flatMap((atMs, i) => [
        ...[start(i + 1, `v${i}`, atMs), sample(i + 1, atMs), event(i + 1, atMs)],
        ...[startProcess(i + 3, 'codex', atMs), extraction(i + 3, atMs)],
      ]),
    ],
    T0,
  );
  const run = (sql: string, ...params: (number | string)[]) => ({ sql, params });
  await s.backend.transact(
    [first, second].flatMap((atMs, i) => [
      run('INSERT INTO trx_error_codes (id, name) VALUES (?, ?)', i + 1, `CODE_${i}`),
      run(
        `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms)
          VALUES (?, ?, 1, 1, ?, ?)`,
        ...[i + 1, `job ${i}`, atMs, atMs],
      ),
      run(
        `INSERT INTO trx_results (job_id, video_id, attempt_ms, origin, error_code_id, extraction_ms, extracted_at_ms,
          recorded_at_ms) SELECT CAST(? AS BIGINT), MIN(video_id), 0, 2, 1, 9, CAST(? AS BIGINT), 1 FROM imm_videos`,
        ...[i + 1, atMs],
      ),
      run('INSERT INTO trx_cache_slices (slice, instance_id, hits) VALUES (?, 1, 2)', sliceOf(atMs)),
      run(
        'INSERT INTO ply_viewers (viewer_id, viewer_uuid, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?)',
        ...[i + 1, `viewer ${i}`, atMs, atMs],
      ),
      run(
        `INSERT INTO ply_sessions (session_token, video_id, viewer_id, started_at_ms, last_heartbeat_ms)
          SELECT ?, MIN(video_id), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM imm_videos`,
        ...[`token ${i}`, i + 1, atMs, atMs],
      ),
    ]),
  );
}

async function readBack(exported: string, columns: readonly string[]): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const sql = `SELECT ${columns.join(', ')} FROM read_parquet('${exported}/**/*.parquet', hive_partitioning = true)`;
    return inOrder((await connection.runAndReadAll(sql)).getRows());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
const inOrder = (rows: readonly (readonly unknown[])[]): string[] =>
  rows
    .map((row) => JSON.stringify(row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell))))
    .toSorted();

describe.each(Object.keys(FOLDERS) as Partition[])('Parquet by %s', (partition) => {
  it('has every row of every table that the copy holds, in the folder of its date', async () => {
    for (const { name, columns } of FACT_TABLES) {
      const exported = join(folder, name);
      const rowCount = await exportParquet({
        ...{
          file,
          memoryBytes: 128 * 1_048_576,
          threads: 1,
          table: name,
          partition,
          folder: exported,
          signal: go,
        },
      });
      const expected = await s.rows(`SELECT ${Object.keys(columns).join(', ')} FROM ${name}`);
      expect([name, rowCount]).toEqual([name, expected.length]);
      expect([name, rowCount]).toEqual([name, 2]);
      expect(await readBack(exported, Object.keys(columns))).toEqual(inOrder(expected));
      const found = (await readdir(exported)).toSorted();
      if (UNDIVIDED.has(name))
        expect(
          found.every((entry) => entry.endsWith('.parquet')),
          name,
        ).toBe(true);
      else expect(found, name).toEqual(FOLDERS[partition]);
    }
  });
});
