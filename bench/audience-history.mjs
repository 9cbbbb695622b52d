import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CACHE, END_MS, fingerprint, START_MS } from './history.mjs';
import { openStore } from './stores.mjs';

const VIDEO_COUNT = 1_000;
const DURATION_MS = 1_440_000;
/** Sets apart what an older form of this file generated. */
const FORM = 2;

const INDEXES =
  "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'ply_sessions' AND sql IS NOT NULL";
/**
 * In the order of time, as playbacks come, each somewhere in its share of the year. Odd multipliers spread a counter over
 * its range; the same count is always the same database.
 */
const FILL = `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $rows),
  played AS (SELECT n, $start + (n - 1) * $span / $rows + n * 40503 % ($span / $rows) AS s, (n * 7919) % 1441 * 1000 AS w FROM n)
  INSERT INTO ply_sessions (session_token, status, video_id, viewer_id, quality_id, started_at_ms, ended_at_ms,
    last_heartbeat_ms, position_ms, furthest_ms, watched_ms, watched_first_half, watched_second_half, is_completed)
  SELECT printf('%08x-0000-4000-8000-%012x', n, n), 2, 1 + (n * 7919 % 1009 * (n * 104729 % 1013)) % ${VIDEO_COUNT},
    CASE WHEN n % 5 = 0 THEN NULL ELSE 1 + n * 15485863 % $viewers END, 1 + n % 3, s, s + w, s + w, w, w, w,
    CASE WHEN w >= 720000 THEN 1125899906842623 ELSE (1 << (w * 100 / ${DURATION_MS})) - 1 END,
    CASE WHEN w >= 720000 THEN (1 << (w * 100 / ${DURATION_MS} - 50)) - 1 ELSE 0 END, w >= ${DURATION_MS * 0.9} FROM played`;

/** The database with that many playbacks, generated on first use and kept in .cache/. */
export async function audienceFile(rowCount, progress) {
  const file = join(CACHE, `audience-${rowCount}-${fingerprint(FORM)}.sqlite`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  for (const ending of ['', '-wal', '-shm']) rmSync(draft + ending, { force: true });
  await (await openStore(draft)).store.close();
  progress(`generating ${rowCount} playbacks`);
  const startedMs = performance.now();
  fill(draft, rowCount);
  progress(`filled in ${seconds(startedMs)} s`);
  const { store } = await openStore(draft);
  try {
    const rolledMs = performance.now();
    const { signal: never } = new globalThis.AbortController();
    const { cellsCount } = await store.maintenance.rebuildRollUps(never, () => undefined);
    progress(`rolled up ${cellsCount} slices in ${seconds(rolledMs)} s`);
    await store.maintenance.optimize();
  } finally {
    await store.close();
  }
  renameSync(draft, file);
  return file;
}

const seconds = (sinceMs) => Math.round((performance.now() - sinceMs) / 100) / 10;

function fill(file, rowCount) {
  const database = new Database(file);
  // A draft that breaks is made again: nothing has to survive a loss of power.
  // From the write-ahead log there is a way to no journal only over another one.
  const pragmas = ['journal_mode = DELETE', 'journal_mode = OFF', 'synchronous = OFF', 'foreign_keys = OFF'];
  for (const pragma of [...pragmas, 'cache_size = -262144']) database.pragma(pragma);
  const viewers = Math.max(100, Math.floor(rowCount / 20));
  const count = 'WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)';
  // Numbers bound by better-sqlite3 are REAL, and these divide.
  const params = { rows: rowCount, start: START_MS, span: END_MS - START_MS, viewers };
  const wholes = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, BigInt(value)]));
  database.transaction(() => {
    database.exec("INSERT INTO sys_qualities (name) VALUES ('480p'), ('720p'), ('1080p')");
    database
      .prepare(
        `${count} INSERT INTO imm_videos (video_key, canonical_title, source_type, duration_ms, created_at_ms, updated_at_ms)
          SELECT 'bench:' || n, 'Bench ' || n, 2, ${DURATION_MS}, ${START_MS}, ${START_MS} FROM n`,
      )
      .run(VIDEO_COUNT);
    database
      .prepare(
        `${count} INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms)
          SELECT printf('%08x-0000-7000-8000-%012x', n, n), ${START_MS}, ${END_MS} FROM n`,
      )
      .run(viewers);
    // An index that is made of sorted rows takes a fraction of the time of one that grows with them.
    const indexes = database.prepare(INDEXES).all();
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
    database.prepare(FILL).run(wholes);
    for (const { sql } of indexes) database.exec(sql);
  })();
  database.pragma('journal_mode = WAL');
  database.close();
}
