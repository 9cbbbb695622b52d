import type { FactTable } from '../../../domain/analytics/engine.js';
import { SessionStatus } from '../../../domain/immersion/enums.js';
import { COUNTER_COLUMNS } from '../../commands/sql-text.js';
import { RESULT_SLICES, SESSION_GAINS } from './derived-facts.js';

/** Rows of a window of facts: about 1 MB of JSON. */
const FACT_IDS = 10_000;
/** Rows that change go in smaller windows: one that differs is copied whole. */
const CHANGING_IDS = 2_000;
/** A day of slices. */
const DAY_SLICES = 96;
/** Two hours, in which a process may still count into its slice. */
const LATE_SLICES = 8;

const IS_OPEN = `status = ${SessionStatus.ACTIVE}`;
const IS_OF_OPEN = `session_id IN (SELECT session_id FROM imm_sessions WHERE ${IS_OPEN})`;
/** Codes of enums and of dictionaries. */
const SMALL = new Set([
  'status',
  'event_type',
  'origin',
  'error_code_id',
  'is_completed',
  'risk_level',
  'job_type',
]);
const integers = (columns: readonly string[]): FactTable['columns'] =>
  Object.fromEntries(columns.map((column) => [column, SMALL.has(column) ? 'small' : 'integer']));
/** All columns are compared. */
const counted = (key: string, columns: readonly string[]) => ({
  key,
  columns: integers([key, ...columns]),
  checked: columns,
});

/** What the analytics engine holds: names first, so that a fact is never there before what it refers to. */
export const FACT_TABLES: readonly FactTable[] = [
  {
    name: 'trx_error_codes',
    key: 'id',
    columns: { id: 'integer', name: 'text' },
    checked: [],
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
  },
  {
    name: 'trx_jobs',
    ...counted('job_id', ['job_type']),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
  },
  {
    name: 'imm_videos',
    key: 'video_id',
    columns: {
      video_id: 'integer',
      canonical_title: 'text',
      duration_ms: 'integer',
      updated_at_ms: 'integer',
    },
    checked: ['duration_ms', 'updated_at_ms'],
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
  },
  {
    name: 'ply_viewers',
    ...counted('viewer_id', ['first_seen_ms']),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
  },
  {
    name: 'imm_sessions',
    key: 'session_id',
    columns: {
      session_uuid: 'text',
      ...integers([
        ...[
          'session_id',
          'video_id',
          'started_at_ms',
          'ended_at_ms',
          'status',
          'locale_id',
          'target_lang_id',
        ],
        ...['difficulty_tier', 'subtitle_mode'],
      ]),
    },
    checked: ['video_id', 'started_at_ms', 'ended_at_ms', 'status'],
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
    mayChange: IS_OPEN,
    sliceOf: 'started_at_ms',
  },
  {
    name: 'imm_session_totals',
    ...counted('session_id', [...COUNTER_COLUMNS, 'first_sample_ms', 'last_sample_ms', 'samples_count']),
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
    mayChange: IS_OF_OPEN,
  },
  {
    name: 'imm_session_slices',
    ...counted('session_id', ['slice', ...COUNTER_COLUMNS]),
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
    mayChange: IS_OF_OPEN,
    derived: SESSION_GAINS,
  },
  {
    // Several rows of a slice, one for each process, change until the slice is over.
    name: 'trx_cache_slices',
    ...counted('slice', [
      ...['instance_id', 'hits', 'negative_hits', 'misses', 'evicted_count', 'evicted_bytes'],
    ]),
    windowKeys: DAY_SLICES,
    overlapKeys: LATE_SLICES,
  },
  {
    name: 'imm_session_telemetry',
    ...counted('telemetry_id', ['session_id', 'sample_ms', ...COUNTER_COLUMNS]),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
  },
  {
    name: 'imm_session_events',
    ...counted('event_id', [
      ...['session_id', 'ts_ms', 'event_type', 'line_index', 'segment_start_ms', 'segment_end_ms'],
      ...['words_delta', 'cards_delta', 'client_seq'],
    ]),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
  },
  {
    name: 'agt_extractions',
    ...counted('extraction_id', [
      ...['process_session_id', 'ts_ms', 'client_seq', 'agent_id', 'type_id', 'pattern_id', 'risk_level'],
      ...['is_auto_confirmable', 'line_number'],
    ]),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
  },
  {
    name: 'ply_sessions',
    ...counted('playback_id', [
      ...[
        'status',
        'video_id',
        'viewer_id',
        'quality_id',
        'started_at_ms',
        'ended_at_ms',
        'last_heartbeat_ms',
      ],
      ...['position_ms', 'furthest_ms', 'watched_ms', 'is_completed'],
    ]),
    windowKeys: CHANGING_IDS,
    overlapKeys: CHANGING_IDS,
    mayChange: 'ended_at_ms IS NULL',
    sliceOf: 'started_at_ms',
  },
  {
    name: 'trx_results',
    ...counted('result_id', [
      ...['job_id', 'video_id', 'origin', 'error_code_id', 'extraction_ms', 'extracted_at_ms'],
    ]),
    windowKeys: FACT_IDS,
    overlapKeys: FACT_IDS,
    sliceOf: 'extracted_at_ms',
    derived: RESULT_SLICES,
  },
];
