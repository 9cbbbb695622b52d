import { TombstoneKind } from '../../domain/analytics/tombstones.js';
import { PlaybackStatus } from '../../domain/playback/enums.js';
import { dayOfSlice, SLICES_PER_DAY } from '../../domain/playback/periods.js';
import { DAY_MS, SLICE_MS, sliceOf } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import { tombstoneStatements } from '../commands/tombstones.js';
import type { Db } from '../database.js';
import type { AudienceRollUp } from './audience-roll-up.js';

const CHUNK_ROWS = 2_000;
/** By every known status, so that the index of status and last heartbeat serves it. */
const OLD = `status IN (${Object.values(PlaybackStatus).join(', ')}) AND last_heartbeat_ms < ?`;
/** Who has not been seen since, and has no playback left. */
const GONE = `first_seen_ms < ? AND last_seen_ms < ?
  AND NOT EXISTS (SELECT 1 FROM ply_sessions p WHERE p.viewer_id = ply_viewers.viewer_id)`;

/**
 * Removes playbacks that ended before a UTC day, and viewers that are left without one. Roll-ups stay: from here on the
 * days before are frozen, and what they hold is never made of playbacks again. Answers the number of playbacks.
 */
export async function prunePlaybacks(
  db: Db,
  rollUp: AudienceRollUp,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  const wanted = dayOfSlice(sliceOf(beforeMs)) * SLICES_PER_DAY;
  const before = isDryRun ? wanted : await rollUp.freeze(wanted);
  const bound = Math.min(wanted, before) * SLICE_MS;
  if (isDryRun) {
    const rows = await db.backend.read({
      sql: `SELECT COUNT(*) FROM ply_sessions WHERE ${OLD}`,
      params: [bound],
    });
    return Number(rows[0]?.[0] ?? 0);
  }
  const chunks = async (table: string, key: string, where: string, params: SqlValue[]): Promise<number> => {
    const sql = `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${CHUNK_ROWS})`;
    let count = 0;
    for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS && !signal.aborted; count += removed) {
      removed = (await db.backend.transact([{ sql, params }]))[0] ?? 0;
    }
    return count;
  };
  const count = await chunks('ply_sessions', 'playback_id', OLD, [bound]);
  await chunks('ply_viewers', 'viewer_id', GONE, [bound, bound]);
  if (count > 0 && !signal.aborted) {
    await db.backend.transact(tombstoneStatements(TombstoneKind.PLAYBACKS_BEFORE, bound));
  }
  return count;
}

/** Removes the slices of the audience before a UTC day, as far as its playbacks are gone. Answers the number of rows. */
export const pruneAudienceSlices = (
  rollUp: AudienceRollUp,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> => rollUp.pruneSlices(Math.floor(beforeMs / DAY_MS), isDryRun, signal);
