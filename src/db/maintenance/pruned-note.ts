import type { SqlValue, Statement } from '../backend.js';
import type { FactName } from '../facts.js';

/** Where sessions remember to which instant a prune removed facts of them; events have one mark for all sessions. */
const MARKS: Readonly<Record<FactName, { table: string; id: string; column: string } | null>> = {
  events: null,
  telemetry: { table: 'imm_session_totals', id: 'session_id', column: 'telemetry_pruned_before_ms' },
  extractions: {
    table: 'agt_session_totals',
    id: 'process_session_id',
    column: 'extractions_pruned_before_ms',
  },
};

/**
 * Sessions remember that facts of them went, so that one that is sent again is not counted again
 * (commands/telemetry.ts, commands/extractions.ts). `sessionIds` selects them, with its own parameters.
 */
export function prunedNotes(
  fact: FactName,
  sessionIds: string,
  params: readonly SqlValue[],
  beforeMs: number,
): Statement[] {
  const mark = MARKS[fact];
  if (mark === null) return [];
  const { table, id, column } = mark;
  return [
    {
      sql: `UPDATE ${table} SET ${column} = ? WHERE ${id} IN (${sessionIds}) AND COALESCE(${column}, 0) < ?`,
      params: [beforeMs, ...params, beforeMs],
    },
  ];
}
