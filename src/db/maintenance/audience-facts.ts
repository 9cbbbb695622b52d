import type { PlaybackFact } from '../../domain/playback/cells.js';
import { PlaybackStatus } from '../../domain/playback/enums.js';
import { MAX_PLAYBACK_MS } from '../../domain/playback/rules.js';
import { SLICE_MS, type SliceRange } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';

const SELECT = `SELECT video_id, viewer_id, quality_id, started_at_ms, last_heartbeat_ms, watched_ms, watched_first_half,
    watched_second_half, is_completed FROM ply_sessions`;
/** None lasts longer than MAX_PLAYBACK_MS. */
const BY_START = `${SELECT} WHERE started_at_ms >= ? AND started_at_ms < ? AND last_heartbeat_ms >= ?`;
/** By every known status, so that the index of status and last heartbeat serves it. */
const BY_HEARTBEAT = `${SELECT} WHERE status IN (${Object.values(PlaybackStatus).join(', ')})
  AND last_heartbeat_ms >= ? AND started_at_ms < ?`;

/**
 * Every playback that was there in some slices. Of the last day they are found by their last heartbeat, which few have
 * after the slices that a flush touches; of an earlier day by their start, or all later ones would be gone through.
 */
export async function listFacts(
  db: Db,
  slices: SliceRange,
  by: 'start' | 'heartbeat',
): Promise<PlaybackFact[]> {
  const [fromMs, toMs] = [slices.from * SLICE_MS, slices.to * SLICE_MS];
  const statement =
    by === 'start'
      ? { sql: BY_START, params: [fromMs - MAX_PLAYBACK_MS, toMs, fromMs] }
      : { sql: BY_HEARTBEAT, params: [fromMs, toMs] };
  return (await db.backend.read(statement)).map(toFact);
}

function toFact(row: readonly SqlValue[]): PlaybackFact {
  const number = (column: number): number => Number(row[column]);
  return {
    videoId: number(0),
    viewerId: row[1] == null ? null : number(1),
    // Null is unknown, which is 0.
    qualityId: number(2),
    startedAtMs: number(3),
    lastHeartbeatMs: number(4),
    watchedMs: number(5),
    watchedHalves: [number(6), number(7)],
    isCompleted: number(8) === 1,
  };
}
