import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CACHE, END_MS, fingerprint, START_MS } from './history.mjs';
import { openStore } from './stores.mjs';

/** Of a session: a row, samples, events, slices and a playback. */
const [SAMPLES, EVENTS, SLICES] = [12, 4, 2];
export const FACTS_PER_SESSION = 1 + SAMPLES + EVENTS + SLICES + 1;
const VIDEO_COUNT = 400;
const SESSIONS_PER_VIEWER = 10;
const TABLES = [
  'imm_sessions',
  'imm_session_telemetry',
  'imm_session_events',
  'imm_session_slices',
  'ply_viewers',
  'ply_sessions',
];
/** Sets apart what an older form of this file generated. */
const FORM = 1;

/**
 * The database with that many facts about a year of sessions and playbacks, many and short: what is asked about them
 * reads sessions, not samples. Generated on first use and kept in .cache/.
 */
export async function watchFile(factCount, progress) {
  const file = join(CACHE, `watch-${factCount}-${fingerprint(FORM)}.sqlite`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  for (const ending of ['', '-wal', '-shm']) rmSync(draft + ending, { force: true });
  await (await openStore(draft)).store.close();
  progress(`generating ${factCount} facts about sessions`);
  fill(draft, Math.ceil(factCount / FACTS_PER_SESSION));
  const { store } = await openStore(draft);
  try {
    await store.maintenance.optimize();
  } finally {
    await store.close();
  }
  renameSync(draft, file);
  return file;
}

/** Rows come from statements whose numbers are hashes of the row's own, and indexes after the rows. */
function fill(file, sessionCount) {
  const database = new Database(file);
  // A draft that breaks is made again: nothing has to survive a loss of power.
  for (const pragma of [
    'synchronous = OFF',
    'foreign_keys = OFF',
    'cache_size = -262144',
    'temp_store = MEMORY',
  ])
    database.pragma(pragma);
  database.function('hash', { deterministic: true }, hash);
  const indexes = database
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (${TABLES.map(
        () => '?',
      ).join(', ')})`,
    )
    .all(TABLES);
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  const viewerCount = Math.ceil(sessionCount / SESSIONS_PER_VIEWER);
  const numbers = (count) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  const upTo = (count) =>
    `(WITH RECURSIVE k(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM k WHERE k < ${count}) SELECT k FROM k)`;
  database.exec(`
    ${numbers(VIDEO_COUNT)} INSERT INTO imm_videos
      (video_id, video_key, canonical_title, source_type, created_at_ms, updated_at_ms)
    SELECT i, 'bench:' || i, 'Bench ' || i, 2, ${START_MS}, ${START_MS} FROM n;

    ${numbers(sessionCount)},
      r AS (SELECT i, hash(i, 1) AS a, hash(i, 2) AS b, hash(i, 3) AS c,
        ${START_MS} + CAST(i * ${(END_MS - START_MS) / (sessionCount + 1)} AS INTEGER) AS at FROM n)
    INSERT INTO imm_sessions (session_id, session_uuid, video_id, started_at_ms, ended_at_ms, status, created_at_ms, updated_at_ms)
    SELECT i, printf('00000000-0000-4000-8000-%012d', i), 1 + CAST(b * b * ${VIDEO_COUNT} AS INTEGER), at,
      CASE WHEN c < 0.02 THEN NULL ELSE at + 60000 + CAST(14400000 * a * a * a AS INTEGER) END,
      CASE WHEN c < 0.02 THEN 3 ELSE 2 END, at, at FROM r;

    INSERT INTO imm_session_telemetry (session_id, sample_ms, total_watched_ms, active_watched_ms, words_seen, lookup_count)
    SELECT s.session_id, s.started_at_ms + k * 60000, k * 60000, k * 54000, k * CAST(80 * hash(s.session_id, 4) AS INTEGER), k / 3
    FROM imm_sessions s CROSS JOIN ${upTo(SAMPLES)};

    INSERT INTO imm_session_events (session_id, ts_ms, event_type, line_index, client_seq)
    SELECT s.session_id, s.started_at_ms + k * 61000, 1 + k % 4, k, k FROM imm_sessions s CROSS JOIN ${upTo(EVENTS)};

    INSERT INTO imm_session_slices (session_id, slice, total_watched_ms, active_watched_ms, words_seen, lookup_count)
    SELECT s.session_id, s.started_at_ms / 900000 + k - 1, k * 400000, k * CAST(360000 * hash(s.session_id, 5) AS INTEGER),
      k * CAST(900 * hash(s.session_id, 6) AS INTEGER), CAST(k * 30 * hash(s.session_id, 7) * hash(s.video_id, 8) AS INTEGER)
    FROM imm_sessions s CROSS JOIN ${upTo(SLICES)};

    ${numbers(viewerCount)} INSERT INTO ply_viewers (viewer_id, viewer_uuid, first_seen_ms, last_seen_ms)
    SELECT i, printf('00000000-0000-4000-9000-%012d', i), ${START_MS}, ${END_MS} FROM n;

    INSERT INTO ply_sessions (session_token, status, video_id, viewer_id, started_at_ms, ended_at_ms, last_heartbeat_ms, watched_ms)
    SELECT 'bench ' || session_id, 2, video_id,
      CASE WHEN hash(session_id, 9) < 0.1 THEN NULL ELSE 1 + CAST(hash(session_id, 10) * ${viewerCount} AS INTEGER) END,
      started_at_ms, started_at_ms + 600000, started_at_ms + 600000, 500000 FROM imm_sessions;`);
  for (const { sql } of indexes) database.exec(sql);
  database.close();
}

/** From 0 to 1, the same for the same numbers. */
function hash(value, salt) {
  let mixed = Math.imul(value ^ (salt * 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
