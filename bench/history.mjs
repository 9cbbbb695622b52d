import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createRandom, uuidOf } from '../dist/cli/demo-history.js';
import { COUNTER_COLUMNS } from '../dist/db/commands/sql-text.js';
import { openStore } from './stores.mjs';

export const CACHE = fileURLToPath(new URL('../.cache/bench', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../drizzle/sqlite', import.meta.url));

export const VIDEO_COUNT = 40;
export const SAMPLES_PER_SESSION = 360;
const SAMPLE_EVERY_MS = 5_000;
const SLICE_MS = 900_000;
const DAY_MS = 86_400_000;
/** The history is one year long and ends here, so that the same number of rows is always the same database. */
export const END_MS = Date.UTC(2026, 10, 1);
export const START_MS = END_MS - 365 * DAY_MS;
const SESSIONS_PER_TRANSACTION = 500;
/** Sets apart what an older form of this file generated. */
const FORM = 1;

export const videoKeyOf = (videoId) => `bench:${videoId}`;
export const sessionUuidOf = (sessionId) => uuidOf(`reads ${sessionId}`);
export const sessionCountOf = (rowCount) => Math.ceil(rowCount / SAMPLES_PER_SESSION);

/** The database with that many telemetry rows, generated on first use and kept in .cache/. */
export async function historyFile(rowCount, progress) {
  const file = join(CACHE, `history-${rowCount}-${fingerprint(FORM)}.sqlite`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  for (const ending of ['', '-wal', '-shm']) rmSync(draft + ending, { force: true });
  // The first opening makes the tables; the second rolls up what was filled in.
  await (await openStore(draft)).store.close();
  progress(`generating ${rowCount} rows`);
  fill(draft, rowCount);
  const { store } = await openStore(draft);
  try {
    const { signal: never } = new globalThis.AbortController();
    const report = await store.maintenance.rollUp(never);
    while ((await store.maintenance.rollUp(never)).cellsCount > 0);
    progress(`rolled up; the first pass wrote ${report.cellsCount} cells`);
    await store.maintenance.optimize();
  } finally {
    await store.close();
  }
  renameSync(draft, file);
  return file;
}

/** Tables that changed are filled anew. */
export function fingerprint(form) {
  const hash = createHash('sha256').update(String(form));
  for (const name of readdirSync(MIGRATIONS)
    .filter((n) => n.endsWith('.sql'))
    .sort()) {
    hash.update(readFileSync(join(MIGRATIONS, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

function fill(file, rowCount) {
  const database = new Database(file);
  // A draft that breaks is made again: nothing has to survive a loss of power.
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -131072');
  const insert = (table, columns) =>
    database.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
  const video = insert('imm_videos', [
    ...[
      'video_id',
      'video_key',
      'canonical_title',
      'source_type',
      'duration_ms',
      'created_at_ms',
      'updated_at_ms',
    ],
  ]);
  const session = insert('imm_sessions', [
    ...['session_id', 'session_uuid', 'video_id', 'started_at_ms', 'ended_at_ms', 'status', 'locale_id'],
    ...['target_lang_id', 'created_at_ms', 'updated_at_ms'],
  ]);
  const totals = insert('imm_session_totals', [
    ...['session_id', ...COUNTER_COLUMNS, 'first_sample_ms', 'last_sample_ms', 'samples_count'],
  ]);
  const telemetry = insert('imm_session_telemetry', ['session_id', 'sample_ms', ...COUNTER_COLUMNS]);
  const slice = insert('imm_session_slices', ['session_id', 'slice', ...COUNTER_COLUMNS]);
  const dirty = insert('imm_dirty_slices', ['session_id', 'slice']);

  database.exec("INSERT INTO sys_languages (id, name) VALUES (1, 'en'), (2, 'ja')");
  for (let id = 1; id <= VIDEO_COUNT; id += 1) {
    video.run(id, videoKeyOf(id), `Bench ${String(id).padStart(2, '0')}`, 2, 1_800_000, START_MS, START_MS);
  }
  const sessionCount = sessionCountOf(rowCount);
  const random = createRandom(rowCount);
  const oneSession = (id) => {
    const samplesCount = Math.min(SAMPLES_PER_SESSION, rowCount - (id - 1) * SAMPLES_PER_SESSION);
    const startedMs = startOf(id, sessionCount, random);
    const videoId = 1 + Math.floor(random() * VIDEO_COUNT);
    const endedMs = startedMs + samplesCount * SAMPLE_EVERY_MS;
    session.run(id, sessionUuidOf(id), videoId, startedMs, endedMs, 2, 1, 2, startedMs, endedMs);
    const slices = new Map();
    const counters = COUNTER_COLUMNS.map(() => 0);
    for (let n = 1; n <= samplesCount; n += 1) {
      const sampleMs = startedMs + n * SAMPLE_EVERY_MS;
      watch(counters, random);
      telemetry.run(id, sampleMs, counters);
      slices.set(Math.floor(sampleMs / SLICE_MS), [...counters]);
    }
    totals.run(id, counters, startedMs + SAMPLE_EVERY_MS, endedMs, samplesCount);
    // The slice in which a session starts counts it, even when its first sample lies in the next one.
    for (const s of new Set([Math.floor(startedMs / SLICE_MS), ...slices.keys()])) dirty.run(id, s);
    for (const [s, values] of slices) slice.run(id, s, values);
  };
  const some = database.transaction((from, to) => {
    for (let id = from; id <= to; id += 1) oneSession(id);
  });
  for (let id = 1; id <= sessionCount; id += SESSIONS_PER_TRANSACTION) {
    some(id, Math.min(sessionCount, id + SESSIONS_PER_TRANSACTION - 1));
  }
  database.close();
}

/** Evenly over the year, each a little off. */
function startOf(id, sessionCount, random) {
  const gapMs = (END_MS - START_MS - SAMPLES_PER_SESSION * SAMPLE_EVERY_MS) / sessionCount;
  return Math.floor(START_MS + (id - 1 + random()) * gapMs);
}

/** Running totals of thirteen counters, in the order of COUNTER_COLUMNS, five seconds later. */
function watch(counters, random) {
  const pausedMs = random() < 0.05 ? Math.floor(random() * SAMPLE_EVERY_MS) : 0;
  const words = random() < 0.6 ? 4 + Math.floor(random() * 9) : 0;
  const isLookup = random() < 0.08;
  const gains = [
    SAMPLE_EVERY_MS,
    SAMPLE_EVERY_MS - pausedMs,
    words > 0 ? 1 : 0,
    words,
    Math.round(words * 1.7),
    isLookup && random() < 0.3 ? 1 : 0,
    isLookup ? 1 : 0,
    isLookup && random() < 0.86 ? 1 : 0,
    pausedMs > 0 ? 1 : 0,
    pausedMs,
    random() < 0.005 ? 1 : 0,
    random() < 0.02 ? 1 : 0,
    0,
  ];
  for (let i = 0; i < gains.length; i += 1) counters[i] += gains[i];
}
