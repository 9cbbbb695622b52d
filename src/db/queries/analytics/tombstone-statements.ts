import { TombstoneKind, type Tombstone } from '../../../domain/analytics/tombstones.js';
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
    default:
      kind satisfies never;
      return [];
  }
}
