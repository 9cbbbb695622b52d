/** The tables of raw facts: what grows with everything that happens, and leaves retention first. */
export const FACTS = {
  events: {
    table: 'imm_session_events',
    /** What a row is found by: the surrogate is no key where the table is partitioned. */
    key: ['session_id', 'ts_ms', 'client_seq'],
    /** The instant that retention and partitions go by. */
    time: 'ts_ms',
    /** Whose it is. */
    sessionId: 'session_id',
  },
  telemetry: {
    table: 'imm_session_telemetry',
    key: ['session_id', 'sample_ms'],
    time: 'sample_ms',
    sessionId: 'session_id',
  },
  extractions: {
    table: 'agt_extractions',
    key: ['process_session_id', 'ts_ms', 'client_seq'],
    time: 'ts_ms',
    sessionId: 'process_session_id',
  },
} as const;

export type FactName = keyof typeof FACTS;
export const FACT_NAMES: readonly FactName[] = ['telemetry', 'events', 'extractions'];
/** Those of sessions with a video. */
export type VideoFact = Exclude<FactName, 'extractions'>;
export const VIDEO_FACTS = ['telemetry', 'events'] as const satisfies readonly VideoFact[];
