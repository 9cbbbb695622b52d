import type { SessionEventFields } from '../../domain/immersion/types.js';
import type { SqlValue } from '../backend.js';
import { integers, type CountedStatement, type RowInsert } from '../queries/row-insert.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { sessionIdOf, type SessionReference } from './session-reference.js';

const NUMBERS = [
  ...['ts_ms', 'client_seq', 'event_type', 'line_index', 'segment_start_ms', 'segment_end_ms'],
  ...['words_delta', 'cards_delta'],
];

export class EventStatements {
  readonly #insert: RowInsert;

  constructor(functions: SqlFunctions) {
    this.#insert = functions.rowInsert({
      table: 'imm_session_events',
      sessionColumn: 'session_id',
      columns: [...integers(NUMBERS), { name: 'payload_json', type: 'text' }],
      conflict: 'ON CONFLICT DO NOTHING',
    });
  }

  /** Inserts events of one session; one that is already there is a duplicate. */
  events(reference: SessionReference, events: readonly SessionEventFields[]): CountedStatement[] {
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
    return this.#insert.statements(sessionIdOf(reference.kind), rows);
  }
}
