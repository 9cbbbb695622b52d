/** The tables of raw facts: what grows with every minute watched, and leaves retention first. */
export const FACTS = {
  events: {
    table: 'imm_session_events',
    /** What a row is found by: the surrogate is no key where the table is partitioned. */
    key: ['session_id', 'ts_ms', 'client_seq'],
    /** The instant that retention and partitions go by. */
    time: 'ts_ms',
  },
  telemetry: {
    table: 'imm_session_telemetry',
    key: ['session_id', 'sample_ms'],
    time: 'sample_ms',
  },
} as const;

export type FactName = keyof typeof FACTS;
export const FACT_NAMES: readonly FactName[] = ['telemetry', 'events'];
