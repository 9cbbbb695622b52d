import type { FactTable } from '../../../domain/analytics/engine.js';

/** Rows of a window by id: about 1 MB of JSON. */
const WINDOW_IDS = 10_000;

/** What the analytics engine holds: names first, so that a fact is never there before what it refers to. */
export const FACT_TABLES: readonly FactTable[] = [
  {
    name: 'trx_error_codes',
    key: 'id',
    columns: { id: 'integer', name: 'text' },
    checked: [],
    windowKeys: WINDOW_IDS,
    overlapKeys: WINDOW_IDS,
  },
  {
    name: 'trx_jobs',
    key: 'job_id',
    columns: { job_id: 'integer', job_type: 'integer' },
    checked: ['job_type'],
    windowKeys: WINDOW_IDS,
    overlapKeys: WINDOW_IDS,
  },
  {
    // Several rows of a slice, one for each process, change until the slice is over.
    name: 'trx_cache_slices',
    key: 'slice',
    columns: {
      slice: 'integer',
      instance_id: 'integer',
      hits: 'integer',
      negative_hits: 'integer',
      misses: 'integer',
      evicted_count: 'integer',
      evicted_bytes: 'integer',
    },
    checked: ['instance_id', 'hits', 'negative_hits', 'misses', 'evicted_count', 'evicted_bytes'],
    windowKeys: 96,
    overlapKeys: 8,
  },
  {
    name: 'trx_results',
    key: 'result_id',
    columns: {
      result_id: 'integer',
      job_id: 'integer',
      video_id: 'integer',
      origin: 'integer',
      error_code_id: 'integer',
      extraction_ms: 'integer',
      extracted_at_ms: 'integer',
    },
    checked: ['job_id', 'video_id', 'origin', 'error_code_id', 'extraction_ms', 'extracted_at_ms'],
    windowKeys: WINDOW_IDS,
    overlapKeys: WINDOW_IDS,
  },
];
