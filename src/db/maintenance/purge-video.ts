import type { PurgeReport } from '../../domain/stats-store.js';
import type { Db } from '../database.js';
import type { RollUp } from './roll-up.js';

const CHUNK_SESSIONS = 20;
const CHUNK_ROWS = 2_000;

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
  const ids = `(SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS i)`;
  for (;;) {
    signal.throwIfAborted();
    const sessions = await db.backend.read({
      sql: `SELECT session_id FROM imm_sessions WHERE video_id = ? LIMIT ${CHUNK_SESSIONS}`,
      params: [videoId],
    });
    if (sessions.length === 0) break;
    const list = JSON.stringify(sessions);
    for (const [table, id] of [
      ['imm_session_telemetry', 'telemetry_id'],
      ['imm_session_events', 'event_id'],
    ] as const) {
      const sql = `DELETE FROM ${table} WHERE ${id} IN
        (SELECT ${id} FROM ${table} WHERE session_id IN ${ids} LIMIT ${CHUNK_ROWS})`;
      for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS; rowsCount += removed) {
        removed = (await db.backend.transact([{ sql, params: [list] }]))[0] ?? 0;
      }
    }
    const [removed = 0] = await db.backend.transact([
      { sql: `DELETE FROM imm_sessions WHERE session_id IN ${ids}`, params: [list] },
    ]);
    sessionsCount += removed;
  }
  await removeVideo(db, rollUp, videoId);
  return { sessionsCount, rowsCount };
}

async function removeVideo(db: Db, rollUp: RollUp, videoId: number): Promise<void> {
  const slices = await db.backend.read({
    sql: 'SELECT slice FROM imm_slice_rollups WHERE video_id = ?',
    params: [videoId],
  });
  const { statements } = await rollUp.statements(slices.map(([slice]) => [videoId, Number(slice)]));
  const own = (table: string) => ({ sql: `DELETE FROM ${table} WHERE video_id = ?`, params: [videoId] });
  await db.backend.transact([
    own('imm_slice_rollups'),
    own('imm_daily_rollups'),
    own('imm_monthly_rollups'),
    ...statements,
    own('imm_videos'),
  ]);
}
