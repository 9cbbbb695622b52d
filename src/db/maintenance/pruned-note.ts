import type { SqlValue, Statement } from '../backend.js';

/**
 * Sessions remember that samples of them went, so that one that is sent again is not counted again
 * (commands/telemetry.ts). `sessionIds` selects them, with its own parameters.
 */
export const prunedNote = (sessionIds: string, params: readonly SqlValue[], beforeMs: number): Statement => ({
  sql: `UPDATE imm_session_totals SET telemetry_pruned_before_ms = ?
    WHERE session_id IN (${sessionIds}) AND COALESCE(telemetry_pruned_before_ms, 0) < ?`,
  params: [beforeMs, ...params, beforeMs],
});
