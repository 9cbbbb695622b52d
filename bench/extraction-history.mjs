import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CACHE, fingerprint } from './history.mjs';
import { openStore } from './stores.mjs';

const VIDEO_COUNT = 40;
const JOB_COUNT = 1_000;
const CODES = [
  'BLOCKED',
  'NO_CAPTIONS',
  'TIMEOUT',
  'PRIVATE',
  'GONE',
  'RATE_LIMITED',
  'BAD_FORMAT',
  'UNKNOWN',
];
const DAY_MS = 86_400_000;
/** Results are one year long and end here. */
export const END_MS = Date.UTC(2026, 10, 1);
export const START_MS = END_MS - 365 * DAY_MS;
/** Sets apart what an older form of this file generated. */
const FORM = 1;

/** The database with that many results of extractions, generated on first use and kept in .cache/. */
export async function extractionFile(rowCount, progress) {
  const file = join(CACHE, `extractions-${rowCount}-${fingerprint(FORM)}.sqlite`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  for (const ending of ['', '-wal', '-shm']) rmSync(draft + ending, { force: true });
  await (await openStore(draft)).store.close();
  progress(`generating ${rowCount} results`);
  fill(draft, rowCount);
  const { store } = await openStore(draft);
  try {
    await store.maintenance.optimize();
  } finally {
    await store.close();
  }
  renameSync(draft, file);
  return file;
}

/** Rows come from one statement whose numbers are hashes of the row's own, and indexes after the rows. */
function fill(file, rowCount) {
  const database = new Database(file);
  // A draft that breaks is made again: nothing has to survive a loss of power.
  for (const pragma of [
    'synchronous = OFF',
    'foreign_keys = OFF',
    'cache_size = -262144',
    'temp_store = MEMORY',
  ])
    database.pragma(pragma);
  const video = database.prepare(
    `INSERT INTO imm_videos (video_id, video_key, canonical_title, source_type, created_at_ms, updated_at_ms)
      VALUES (?, ?, ?, 2, ?, ?)`,
  );
  for (let id = 1; id <= VIDEO_COUNT; id += 1)
    video.run(id, `bench:${id}`, `Bench ${id}`, START_MS, START_MS);
  const code = database.prepare('INSERT INTO trx_error_codes (id, name) VALUES (?, ?)');
  CODES.forEach((name, index) => code.run(index + 1, name));
  const job = database.prepare(
    `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms) VALUES (?, ?, ?, 3, ?, ?)`,
  );
  for (let id = 1; id <= JOB_COUNT; id += 1) job.run(id, `bench ${id}`, 1 + (id % 2), START_MS, START_MS);

  const indexes = database
    .prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'trx_results' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  const share = (salt) =>
    `(((i * 2654435761 + ${salt} * 40503) % 4294967296 * 2246822519 >> 11) % 1000003 / 1000003.0)`;
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowCount}),
      r AS (SELECT i, ${share(1)} AS a, ${share(2)} AS b, ${share(3)} AS c, ${share(4)} AS d FROM n)
    INSERT INTO trx_results (result_id, job_id, video_id, attempt_ms, origin, error_code_id, extraction_ms,
      extracted_at_ms, recorded_at_ms)
    SELECT i, CASE WHEN a < 0.2 THEN 0 ELSE 1 + i % ${JOB_COUNT} END, 1 + i * 7 % ${VIDEO_COUNT}, i,
      CASE WHEN b < 0.3 THEN 1 ELSE 2 END,
      CASE WHEN c < 0.1 THEN 1 + CAST(c * 10 * ${CODES.length} AS INTEGER) END,
      CASE WHEN b >= 0.3 THEN 200 + CAST(20000 * d * d * d AS INTEGER) END,
      ${START_MS} + CAST(i * ${(END_MS - START_MS) / (rowCount + 1)} AS INTEGER), ${END_MS} FROM r`);
  for (const { sql } of indexes) database.exec(sql);
  database.close();
}
