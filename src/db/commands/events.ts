import type { SessionEventFields } from '../../domain/immersion/types.js';
import type { SqlValue } from '../backend.js';
import type { SessionReference } from './session-reference.js';
import { InsertText } from './sql-text.js';
import type { SampleStatement } from './telemetry.js';

const EVENTS = new InsertText(
  `INSERT INTO imm_session_events (session_id, ts_ms, client_seq, event_type, line_index, segment_start_ms,
    segment_end_ms, words_delta, cards_delta, payload_json)`,
  9,
  'ON CONFLICT DO NOTHING',
);

/** Inserts events of one session; one that is already there is a duplicate. */
export function eventStatements(
  reference: SessionReference,
  events: readonly SessionEventFields[],
): SampleStatement[] {
  const rows = events.map((event): SqlValue[] => [
    reference.value,
    event.tsMs,
    event.clientSeq,
    event.type,
    event.lineIndex,
    event.segmentStartMs,
    event.segmentEndMs,
    event.wordsDelta,
    event.cardsDelta,
    event.payloadJson,
  ]);
  return EVENTS.statements(reference.text, rows);
}
