import { TombstoneKind } from '../domain/analytics/tombstones.js';
import { RollUpLevel } from '../domain/playback/enums.js';
import type { PlaybackStore } from '../domain/playback/store.js';
import { SLICE_MS } from '../domain/time.js';
import type { Db } from './database.js';
import type { PlaybackQueries } from './queries/playbacks.js';

/** Slices in which a viewer was counted. */
const MARK_VIEWER = `INSERT INTO ply_dirty_periods (level, period)
  SELECT DISTINCT ${RollUpLevel.SLICE}, p.started_at_ms / ${SLICE_MS} FROM ply_viewers w CROSS JOIN ply_sessions p
  WHERE w.viewer_uuid = ? AND p.viewer_id = w.viewer_id`;

/** The analytics copy forgets them with its next sync. */
const NOTE_VIEWER = `INSERT INTO sys_tombstones (kind, subject)
  SELECT ${TombstoneKind.VIEWER}, viewer_id FROM ply_viewers WHERE viewer_uuid = ?`;

export function createPlaybackStore(db: Db, playbacks: PlaybackQueries): PlaybackStore {
  return {
    getPlayback: (token) => playbacks.getPlayback(token),
    listPlaybacks: (filter, page) => playbacks.listPlaybacks(filter, page),
    countPlaybacks: (filter) => playbacks.countPlaybacks(filter),
    getViewer: (uuid) => playbacks.getViewer(uuid),
    async forgetViewer(uuid) {
      // The key's cascade leaves the playbacks to nobody.
      const changes = await db.backend.transact([
        { sql: MARK_VIEWER, params: [uuid] },
        { sql: NOTE_VIEWER, params: [uuid] },
        { sql: 'DELETE FROM ply_viewers WHERE viewer_uuid = ?', params: [uuid] },
      ]);
      return (changes[2] ?? 0) > 0;
    },
  };
}
