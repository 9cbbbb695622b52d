import { integer } from './setting.js';

const MAX_TTL_MS = 315_360_000_000;

/** The transcript cache: how much it holds, and for how long. */
export const TRANSCRIPT_SETTINGS = {
  transcriptMaxEntries: integer(
    'KINOSTAT_TRANSCRIPT_CACHE_MAX_ENTRIES',
    100_000,
    0,
    100_000_000,
    'Entries that the transcript cache keeps, those used last; 0 is any number.',
  ),
  transcriptMaxBytes: integer(
    'KINOSTAT_TRANSCRIPT_CACHE_MAX_BYTES',
    524_288_000,
    0,
    1_099_511_627_776,
    'Compressed bytes of transcripts that the cache keeps; 0 is any number.',
  ),
  transcriptTtlMs: integer(
    'KINOSTAT_TRANSCRIPT_CACHE_TTL_MS',
    2_592_000_000,
    0,
    MAX_TTL_MS,
    'How long a transcript answers, unless its client says otherwise, ms; 0 is for ever.',
  ),
  transcriptFailureTtlMs: integer(
    'KINOSTAT_TRANSCRIPT_CACHE_FAILURE_TTL_MS',
    86_400_000,
    0,
    MAX_TTL_MS,
    'How long a failed extraction is remembered, unless its client says otherwise, ms; 0 is for ever.',
  ),
  transcriptEvictionIntervalMs: integer(
    'KINOSTAT_TRANSCRIPT_CACHE_EVICTION_INTERVAL_MS',
    60_000,
    1_000,
    86_400_000,
    'Between evictions from the transcript cache, ms.',
  ),
} as const;
