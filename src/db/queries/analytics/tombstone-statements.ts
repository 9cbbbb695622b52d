import { TombstoneKind, type Tombstone } from '../../../domain/analytics/tombstones.js';
import { SLICE_MS } from '../../../domain/time.js';
import type { Statement } from '../../backend.js';

const SESSIONS = 'session_id IN (SELECT session_id FROM imm_sessions WHERE video_id = ?)';

/** What has to go from the analytics copy; nothing for a kind of a later version. */
export function toCopyStatements({ kind, subject }: Tombstone): Statement[] {
  const run = (sql: string): Statement => ({ sql, params: [subject] });
  switch (kind) {
    case TombstoneKind.VIDEO:
      return [
        ...['imm_session_telemetry', 'imm_session_events', 'imm_session_totals', 'imm_session_slices'].map(
          (table) => run(`DELETE FROM ${table} WHERE ${SESSIONS}`),
        ),
        ...['imm_sessions', 'ply_sessions', 'trx_results', 'imm_videos'].map((table) =>
          run(`DELETE FROM ${table} WHERE video_id = ?`),
        ),
      ];
    case TombstoneKind.SAMPLES_BEFORE:
      return [run('DELETE FROM imm_session_telemetry WHERE sample_ms < ?')];
    case TombstoneKind.EVENTS_BEFORE:
      return [run('DELETE FROM imm_session_events WHERE ts_ms < ?')];
    case TombstoneKind.EXTRACTION_EVENTS_BEFORE:
      return [run('DELETE FROM agt_extractions WHERE ts_ms < ?')];
    case TombstoneKind.VIEWER:
      return [
        run('UPDATE ply_sessions SET viewer_id = NULL WHERE viewer_id = ?'),
        run('DELETE FROM ply_viewers WHERE viewer_id = ?'),
      ];
    case TombstoneKind.PLAYBACKS_BEFORE:
      return [
        run('DELETE FROM ply_sessions WHERE last_heartbeat_ms < ?'),
        // Who was seen since, and has nothing left of it, comes back with the nightly comparison.
        run(`DELETE FROM ply_viewers WHERE first_seen_ms < ?
          AND viewer_id NOT IN (SELECT viewer_id FROM ply_sessions WHERE viewer_id IS NOT NULL)`),
      ];
    case TombstoneKind.CACHE_SLICES_BEFORE:
      return [run(`DELETE FROM trx_cache_slices WHERE slice < CAST(? AS BIGINT) // ${SLICE_MS}`)];
    default:
      kind satisfies never;
      return [];
  }
}
