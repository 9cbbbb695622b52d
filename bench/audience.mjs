import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';
import { startServer } from '../load/server-process.mjs';
import { CACHE, END_MS, fingerprint, START_MS, videoKeyOf } from './history.mjs';
import { quantile, ratioOf, round } from './measure.mjs';
import { openStore } from './stores.mjs';

/** Of each operation and each round; the yardstick reads every playback, so once is enough. */
const REQUESTS_PER_ROUND = 20;
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

const range = { from: new Date(START_MS).toISOString(), to: new Date(END_MS).toISOString() };
const month = { from: new Date(END_MS - 30 * 86_400_000 - 45 * 60_000).toISOString(), to: range.to };
const TOTALS = 'views uniqueViewers watchHours completionRate peakConcurrency peakAt';
const OPERATIONS = [
  {
    name: 'overview, a year',
    query: `query ($range: TimeRangeInput!) { audienceOverview(range: $range) { totals { ${TOTALS} } previous { ${TOTALS} } } }`,
    variables: { range },
    raw: `SELECT COUNT(*), COUNT(DISTINCT viewer_id), SUM(watched_ms) / 3600000.0, AVG(is_completed) FROM ply_sessions
      WHERE started_at_ms >= ${START_MS} AND started_at_ms < ${END_MS}`,
  },
  {
    name: 'overview, 30 days at odd slices',
    query: `query ($range: TimeRangeInput!) { audienceOverview(range: $range) { totals { ${TOTALS} } previous { ${TOTALS} } } }`,
    variables: { range: month },
    raw: `SELECT COUNT(*), COUNT(DISTINCT viewer_id), SUM(watched_ms) / 3600000.0, AVG(is_completed) FROM ply_sessions
      WHERE started_at_ms >= ${Date.parse(month.from)} AND started_at_ms < ${END_MS}`,
  },
  {
    name: 'trend, a year of days, +05:30',
    query: `query ($range: TimeRangeInput!) { audienceTrend(range: $range, bucket: DAY, timezone: "Asia/Kolkata") {
      points { bucketStart views watchedMs completionRate peakConcurrency } } }`,
    variables: { range },
    raw: `SELECT (started_at_ms + 19800000) / 86400000, COUNT(*), SUM(watched_ms), AVG(is_completed) FROM ply_sessions
      WHERE started_at_ms >= ${START_MS} GROUP BY 1`,
  },
  {
    name: 'trend of a video, a year of days',
    query: `query ($range: TimeRangeInput!, $videoKey: String) { audienceTrend(range: $range, bucket: DAY, videoKey: $videoKey) {
      points { bucketStart views watchedMs } } }`,
    variables: { range, videoKey: videoKeyOf(7) },
    raw: `SELECT started_at_ms / 86400000, COUNT(*), SUM(watched_ms) FROM ply_sessions WHERE video_id = 7 GROUP BY 1`,
  },
  {
    name: 'retention of a video, a year',
    query: `query ($range: TimeRangeInput!, $videoKey: String) { audienceRetention(range: $range, videoKey: $videoKey) {
      curve { measuredViews shares averageShare } } }`,
    variables: { range, videoKey: videoKeyOf(7) },
    raw: `SELECT ${Array.from({ length: 50 }, (_, bit) => `SUM((watched_first_half >> ${bit}) & 1)`).join(', ')}
      FROM ply_sessions WHERE video_id = 7`,
  },
  {
    name: 'qualities, a year',
    query: `query ($range: TimeRangeInput!) { audienceQualities(range: $range) { qualities { quality views share } } }`,
    variables: { range },
    raw: `SELECT quality_id, COUNT(*), SUM(watched_ms) FROM ply_sessions WHERE started_at_ms >= ${START_MS} GROUP BY 1`,
  },
  {
    name: 'top 10, a year',
    query: `query ($range: TimeRangeInput!) { audienceTop(range: $range, first: 10) { videos { rank video { title } totals { ${TOTALS} } } } }`,
    variables: { range },
    raw: `SELECT video_id, COUNT(*) FROM ply_sessions WHERE started_at_ms >= ${START_MS} GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
  },
];

export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 1_000_000;
  const chosen = OPERATIONS.filter(({ name }) => only === null || name.startsWith(only));
  const file = await audienceFile(rowCount, progress);
  const server = await startServer({
    file,
    // Nothing is kept: every answer is asked of the store.
    settings: { KINOSTAT_RETENTION: 'keep-all', KINOSTAT_TIMEZONE: 'UTC', KINOSTAT_AUDIENCE_CACHE_MS: '0' },
  });
  const database = new Database(file, { readonly: true });
  for (const pragma of pragmasOf('reader')) database.pragma(pragma);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const results = chosen.map(() => []);
    for (let n = 0; n <= rounds; n += 1) {
      for (const [i, operation] of chosen.entries()) {
        const ours = [];
        for (let k = 0; k < REQUESTS_PER_ROUND; k += 1) {
          const startedMs = performance.now();
          const text = await post(agent, `${server.url}/graphql`, operation);
          ours.push(performance.now() - startedMs);
          const { errors } = JSON.parse(text);
          if (errors !== undefined) throw new Error(`${operation.name}: ${errors[0].message}`);
        }
        const startedMs = performance.now();
        database.prepare(operation.raw).raw().all();
        // The first round warms up.
        if (n > 0) results[i].push({ ours, raw: performance.now() - startedMs });
      }
    }
    const operations = chosen.map(({ name }, i) => {
      const times = results[i].flatMap(({ ours }) => ours);
      const p95s = results[i].map(({ ours, raw }) => ({ ours: quantile(ours, 0.95), yardstick: raw }));
      return {
        operation: name,
        ...ratioOf(p95s),
        p50Ms: round(quantile(times, 0.5), 2),
        p95Ms: round(quantile(times, 0.95), 2),
        rawMs: round(
          quantile(
            results[i].map(({ raw }) => raw),
            0.5,
          ),
          2,
        ),
      };
    });
    const sums = results[0].map((_, n) => ({
      ours: results.reduce((sum, rounds_) => sum + quantile(rounds_[n].ours, 0.95), 0),
      yardstick: results.reduce((sum, rounds_) => sum + rounds_[n].raw, 0),
    }));
    return {
      ...ratioOf(sums),
      rows: rowCount,
      rounds,
      p95Ms: Math.max(...operations.map((o) => o.p95Ms)),
      operations,
    };
  } finally {
    agent.destroy();
    database.close();
    await server.stop();
  }
}

export function print({ operations, rows, p95Ms, ratio, spread }) {
  console.log(`${rows} playbacks in a year; milliseconds; no answer is kept`);
  console.table(
    operations.map(({ operation, p50Ms, p95Ms: p95, rawMs, ratio: r, spread: s }) => ({
      operation,
      'http p50': p50Ms,
      p95,
      'SQL over playbacks': rawMs,
      'p95/SQL': r,
      spread: s.join(' - '),
    })),
  );
  console.log(`Highest p95 ${p95Ms} ms; all operations http/SQL ${ratio} (${spread.join(' - ')})`);
}

/** The database with that many playbacks, generated on first use and kept in .cache/. */
async function audienceFile(rowCount, progress) {
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

const post = (agent, url, { query, variables }) =>
  new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ query, variables }));
  });
