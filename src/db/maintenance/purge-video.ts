import { TombstoneKind } from '../../domain/analytics/tombstones.js';
import { StorageError } from '../../domain/errors.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { VIDEO_DOMAINS } from '../../domain/search/types.js';
import type { PurgeReport } from '../../domain/stats-store.js';
import { tombstoneStatements } from '../commands/tombstones.js';
import { removeFoundStatement } from '../commands/transcriptions.js';
import type { Db } from '../database.js';
import { FACTS, VIDEO_FACTS } from '../facts.js';
import { PERIOD_KEY_COLUMN, type PeriodTable } from './roll-up-sql.js';
import { forgetUnusedTexts } from '../transcription-store.js';
import type { RollUp } from './roll-up.js';

const CHUNK_SESSIONS = 20;
const CHUNK_ROWS = 2_000;
/** Clients may go on starting sessions while their video goes: these are purged too, and it is tried again so often. */
const MAX_TRIES = 10;

/**
 * Removes a video with everything below it. Facts and sessions go in chunks; the roll-ups, and the sums of all videos
 * above them, go with the video in one last transaction. An interrupted purge is finished by the next one.
 */
export async function purgeVideo(
  db: Db,
  rollUp: RollUp,
  videoId: number,
  signal: AbortSignal,
): Promise<PurgeReport> {
  let sessionsCount = 0;
  let rowsCount = 0;
  for (let tries = 1; ; tries += 1) {
    const removed = await removeSessions(db, videoId, signal);
    sessionsCount += removed.sessionsCount;
    rowsCount += removed.rowsCount + (await removePlaybacks(db, videoId, signal));
    try {
      await removeVideo(db, rollUp, videoId);
      await forgetUnusedTexts(db);
      return { sessionsCount, rowsCount };
    } catch (error) {
      const isStarted = error instanceof StorageError && error.code === db.backend.foreignKeyCode;
      if (!isStarted || tries === MAX_TRIES) throw error;
    }
  }
}

async function removeSessions(db: Db, videoId: number, signal: AbortSignal): Promise<PurgeReport> {
  let sessionsCount = 0;
  let rowsCount = 0;
  const ids = `(SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS i)`;
  for (;;) {
    signal.throwIfAborted();
    const sessions = await db.backend.read({
      sql: `SELECT session_id FROM imm_sessions WHERE video_id = ? LIMIT ${CHUNK_SESSIONS}`,
      params: [videoId],
    });
    if (sessions.length === 0) return { sessionsCount, rowsCount };
    const list = JSON.stringify(sessions);
    for (const { table, key } of VIDEO_FACTS.map((name) => FACTS[name])) {
      const columns = key.join(', ');
      const sql = `DELETE FROM ${table} WHERE (${columns}) IN
        (SELECT ${columns} FROM ${table} WHERE session_id IN ${ids} LIMIT ${CHUNK_ROWS})`;
      for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS; rowsCount += removed) {
        removed = (await db.backend.transact([{ sql, params: [list] }]))[0] ?? 0;
      }
    }
    // Samples have no foreign key on PostgreSQL. By the cascade into slices the first statement waits for flushes that
    // still write to these sessions; the second one then sees their samples, and later flushes find no session.
    const [gone = 0, late = 0] = await db.backend.transact([
      { sql: `DELETE FROM imm_sessions WHERE session_id IN ${ids}`, params: [list] },
      { sql: `DELETE FROM ${FACTS.telemetry.table} WHERE session_id IN ${ids}`, params: [list] },
    ]);
    sessionsCount += gone;
    rowsCount += late;
  }
}

/** In chunks: a video may have been played a million times. What is started after them goes by cascade. */
async function removePlaybacks(db: Db, videoId: number, signal: AbortSignal): Promise<number> {
  const sql = `DELETE FROM ply_sessions WHERE playback_id IN
    (SELECT playback_id FROM ply_sessions WHERE video_id = ? LIMIT ${CHUNK_ROWS})`;
  let rowsCount = 0;
  for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS; rowsCount += removed) {
    signal.throwIfAborted();
    removed = (await db.backend.transact([{ sql, params: [videoId] }]))[0] ?? 0;
  }
  return rowsCount;
}

/** Fails with the code of a foreign key when a session was started since the last one went. */
async function removeVideo(db: Db, rollUp: RollUp, videoId: number): Promise<void> {
  const numbers = async (column: string, table: string): Promise<number[]> => {
    const sql = `SELECT ${column} FROM ${table} WHERE video_id = ?`;
    return (await db.backend.read({ sql, params: [videoId] })).map(([value]) => Number(value));
  };
  const slices = await numbers('slice', 'imm_slice_rollups');
  const periods: [PeriodTable, number[]][] = [];
  for (const table of ['imm_daily_rollups', 'imm_monthly_rollups'] as const) {
    periods.push([table, await numbers(PERIOD_KEY_COLUMN[table], table)]);
  }
  const own = (table: string) => ({ sql: `DELETE FROM ${table} WHERE video_id = ?`, params: [videoId] });
  await rollUp.guarded((watermark, zone) => [
    own('imm_slice_rollups'),
    own('imm_daily_rollups'),
    own('imm_monthly_rollups'),
    ...rollUp.statements.ofCells(
      slices.map((slice) => [videoId, slice]),
      watermark,
      zone,
    ).statements,
    // Also of periods below the watermark, which cannot be computed from slices.
    ...periods.flatMap(([table, keys]) => rollUp.statements.ofPeriodTotals(table, keys)),
    // The audience of all videos is added up again without this one.
    {
      sql: `INSERT INTO ply_dirty_periods (level, period)
        SELECT level, period FROM ply_audience_rollups WHERE video_id = ? AND level = ${RollUpLevel.DAY}`,
      params: [videoId],
    },
    {
      sql: `DELETE FROM ply_audience_slices WHERE video_id = ? AND day IN
        (SELECT period FROM ply_audience_rollups WHERE video_id = ? AND level = ${RollUpLevel.DAY})`,
      params: [videoId, videoId],
    },
    {
      sql: `DELETE FROM ply_audience_viewers WHERE video_id = ? AND (level, period) IN
        (SELECT level, period FROM ply_audience_rollups WHERE video_id = ?)`,
      params: [videoId, videoId],
    },
    own('ply_audience_windows'),
    own('ply_audience_rollups'),
    own('imm_videos'),
    removeFoundStatement(db.functions, [videoId]),
    ...tombstoneStatements(TombstoneKind.VIDEO, videoId),
    // After the video: who puts a transcript holds it meanwhile, and what was put then goes too.
    {
      sql: `DELETE FROM sys_search_documents WHERE domain IN (${VIDEO_DOMAINS.join(', ')}) AND subject_id = ?`,
      params: [videoId],
    },
  ]);
}
