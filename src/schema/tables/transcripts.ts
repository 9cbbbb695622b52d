import type { Dialect } from '../dialect/sqlite.js';
import type { immersionTables } from './immersion.js';

type Videos = ReturnType<typeof immersionTables>['videos'];

const dictionary = (d: Dialect, name: 'trx_sources' | 'trx_error_codes') =>
  d.table(name, { id: d.id('id'), name: d.text('name').notNull() }, (t) => [
    d.unique(`uq_${name}_name`, [t.name]),
  ]);

/** The transcript cache, the jobs that fill it, and what came of every extraction. */
export function transcriptTables(d: Dialect, videos: Videos) {
  const videoReference = () => videos.videoId;

  /** The hot, narrow part of an entry: what is written at every lookup. The segments stand beside it. */
  const transcripts = d.table(
    'trx_transcripts',
    {
      videoId: d.int('video_id').primaryKey().references(videoReference, { onDelete: 'cascade' }),
      languageId: d.int('language_id'),
      sourceId: d.int('source_id'),
      segmentCount: d.int('segment_count').notNull().default(0),
      /** Of the plain text, UTF-8. */
      textBytes: d.int('text_bytes').notNull().default(0),
      /** What the entry takes, compressed; what the bound of the cache counts. */
      storedBytes: d.int('stored_bytes').notNull().default(0),
      /** Set in a negative entry: there is no transcript, and this is why. */
      errorCodeId: d.int('error_code_id'),
      errorMessage: d.text('error_message'),
      extractedAtMs: d.epochMs('extracted_at_ms').notNull(),
      extractionMs: d.int('extraction_ms'),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      /** From then on the entry answers nothing and waits for eviction; null is never. */
      expiresAtMs: d.epochMs('expires_at_ms'),
      lastAccessedAtMs: d.epochMs('last_accessed_at_ms').notNull(),
      accessCount: d.int('access_count').notNull().default(0),
    },
    (t) => [
      d.index('idx_trx_transcripts_last_accessed_at_ms', [t.lastAccessedAtMs, t.videoId, t.storedBytes]),
      d.index('idx_trx_transcripts_expires_at_ms', [t.expiresAtMs]),
      d.check('ck_trx_transcripts_stored_bytes', d.sql`${t.storedBytes} >= 0`),
    ],
  );

  /** What is said, beside the entry, so that pages of entries stay small. A negative entry has none. */
  const transcriptBodies = d.table('trx_transcript_bodies', {
    videoId: d
      .int('video_id')
      .primaryKey()
      .references(() => transcripts.videoId, { onDelete: 'cascade' }),
    /** JSON of [startMs, endMs, text] for each segment, UTF-8, deflated (RFC 1951). */
    body: d.blob('body').notNull(),
  });

  const extractionJobs = d.table(
    'trx_jobs',
    {
      jobId: d.id('job_id'),
      jobUuid: d.text('job_uuid').notNull(),
      jobType: d.enumInt('job_type').notNull(),
      status: d.enumInt('status').notNull(),
      playlistKey: d.text('playlist_key'),
      playlistUrl: d.text('playlist_url'),
      playlistTitle: d.text('playlist_title'),
      /** How many videos the client expects; a playlist is often not known to its end at the start. */
      expectedCount: d.int('expected_count').notNull().default(0),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
      startedAtMs: d.epochMs('started_at_ms'),
      /** When it was completed, failed or aborted: written once. */
      completedAtMs: d.epochMs('completed_at_ms'),
      errorCodeId: d.int('error_code_id'),
      errorMessage: d.text('error_message'),
      metadataJson: d.json('metadata_json'),
    },
    (t) => [
      d.unique('uq_trx_jobs_job_uuid', [t.jobUuid]),
      d.index('idx_trx_jobs_created_at_ms', [t.createdAtMs]),
      d.index('idx_trx_jobs_status_created_at_ms', [t.status, t.createdAtMs]),
      d.check('ck_trx_jobs_expected_count', d.sql`${t.expectedCount} >= 0`),
    ],
  );

  /** What a job is to extract, in the order of the request. */
  const jobVideos = d.table(
    'trx_job_videos',
    {
      jobId: d
        .int('job_id')
        .notNull()
        .references(() => extractionJobs.jobId, { onDelete: 'cascade' }),
      videoId: d.int('video_id').notNull().references(videoReference, { onDelete: 'cascade' }),
      position: d.int('position').notNull(),
    },
    (t) => [d.key([t.jobId, t.videoId]), d.index('idx_trx_job_videos_video_id_job_id', [t.videoId, t.jobId])],
  );

  /** One row per extraction that ended, inserted once and never changed: what all analytics read. */
  const extractionResults = d.table(
    'trx_results',
    {
      resultId: d.id('result_id'),
      /** 0 is an extraction outside of a job. */
      jobId: d.int('job_id').notNull().default(0),
      videoId: d.int('video_id').notNull().references(videoReference, { onDelete: 'cascade' }),
      /** 0 in a job, where a video has one result; outside of a job the instant of the extraction. */
      attemptMs: d.epochMs('attempt_ms').notNull().default(0),
      /** 1 answered by the cache, 2 extracted. */
      origin: d.enumInt('origin').notNull(),
      sourceId: d.int('source_id'),
      /** Null is a success. */
      errorCodeId: d.int('error_code_id'),
      errorMessage: d.text('error_message'),
      /** How long the extraction took; null where it was not measured or the cache answered. */
      extractionMs: d.int('extraction_ms'),
      extractedAtMs: d.epochMs('extracted_at_ms').notNull(),
      /** When it was stored here. */
      recordedAtMs: d.epochMs('recorded_at_ms').notNull(),
    },
    (t) => [
      d.unique('uq_trx_results_job_id_video_id_attempt_ms', [t.jobId, t.videoId, t.attemptMs]),
      d.index('idx_trx_results_video_id_extracted_at_ms', [t.videoId, t.extractedAtMs]),
      d.index('idx_trx_results_extracted_at_ms', [t.extractedAtMs]),
      d.check('ck_trx_results_extraction_ms', d.sql`${t.extractionMs} >= 0`),
    ],
  );

  /** Lookups of the cache per slice of 15 minutes and process: running totals of the process in that slice. */
  const cacheSlices = d.table(
    'trx_cache_slices',
    {
      /** floor(at_ms / 900000). */
      slice: d.int('slice').notNull(),
      /** A random number of the process that counted. */
      instanceId: d.int('instance_id').notNull(),
      /** Lookups that a transcript answered. */
      hits: d.int('hits').notNull().default(0),
      /** Lookups that a negative entry answered: hits as well, but counted here alone. */
      negativeHits: d.int('negative_hits').notNull().default(0),
      misses: d.int('misses').notNull().default(0),
      evictedCount: d.int('evicted_count').notNull().default(0),
      evictedBytes: d.int('evicted_bytes').notNull().default(0),
    },
    (t) => [d.key([t.slice, t.instanceId])],
  );

  return {
    transcriptSources: dictionary(d, 'trx_sources'),
    transcriptErrorCodes: dictionary(d, 'trx_error_codes'),
    transcripts,
    transcriptBodies,
    extractionJobs,
    jobVideos,
    extractionResults,
    cacheSlices,
  };
}
