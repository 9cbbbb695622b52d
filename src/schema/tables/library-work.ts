import type { Dialect } from '../dialect/sqlite.js';
import type { libraryTables } from './library.js';
import type { systemTables } from './system.js';

type Entries = ReturnType<typeof libraryTables>['entries'];
type System = ReturnType<typeof systemTables>;

/** What is done to an entry so that it can be played and read: transcoding and transcription. */
export function libraryWorkTables(d: Dialect, entries: Entries, { qualities, languages }: System) {
  const transcodingJobs = d.table(
    'lib_transcoding_jobs',
    {
      jobId: d.id('job_id'),
      jobUuid: d.text('job_uuid').notNull(),
      videoId: d
        .int('video_id')
        .notNull()
        .references(() => entries.videoId, { onDelete: 'cascade' }),
      /** TranscodingJobStatus. */
      status: d.enumInt('status').notNull(),
      workerId: d.text('worker_id'),
      /** Names the last claim: only who has it may report. */
      claimUuid: d.text('claim_uuid'),
      /** TranscodingStep. */
      currentStep: d.enumInt('current_step'),
      progressPercent: d.enumInt('progress_percent').notNull().default(0),
      attemptNumber: d.enumInt('attempt_number').notNull().default(1),
      maxAttempts: d.enumInt('max_attempts').notNull().default(3),
      enqueuedAtMs: d.epochMs('enqueued_at_ms').notNull(),
      /** Not claimed before. */
      availableAtMs: d.epochMs('available_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
      startedAtMs: d.epochMs('started_at_ms'),
      lastCheckpointMs: d.epochMs('last_checkpoint_ms'),
      /** Of a processing job alone. */
      leaseExpiresAtMs: d.epochMs('lease_expires_at_ms'),
      completedAtMs: d.epochMs('completed_at_ms'),
      lastError: d.text('last_error'),
      /** Reports that would have taken progress back. */
      regressionsCount: d.int('regressions_count').notNull().default(0),
    },
    (t) => [
      d.unique('uq_lib_transcoding_jobs_job_uuid', [t.jobUuid]),
      d.unique('uq_lib_transcoding_jobs_video_id', [t.videoId]),
      d.unique('uq_lib_transcoding_jobs_claim_uuid', [t.claimUuid]),
      d.index('idx_lib_transcoding_jobs_enqueued_at_ms_job_id', [t.enqueuedAtMs, t.jobId]),
      d.index('idx_lib_transcoding_jobs_status_enqueued_at_ms_job_id', [t.status, t.enqueuedAtMs, t.jobId]),
      d.index('idx_lib_transcoding_jobs_status_lease_expires_at_ms', [t.status, t.leaseExpiresAtMs]),
      d.check('ck_lib_transcoding_jobs_progress', d.sql`${t.progressPercent} BETWEEN 0 AND 100`),
    ],
  );

  const qualityProgress = d.table(
    'lib_quality_progress',
    {
      jobId: d
        .int('job_id')
        .notNull()
        .references(() => transcodingJobs.jobId, { onDelete: 'cascade' }),
      qualityId: d
        .int('quality_id')
        .notNull()
        .references(() => qualities.id),
      /** QualityStatus. */
      status: d.enumInt('status').notNull().default(0),
      segmentsTotal: d.int('segments_total'),
      segmentsCompleted: d.int('segments_completed').notNull().default(0),
      progressPercent: d.enumInt('progress_percent').notNull().default(0),
      widthPx: d.int('width_px'),
      heightPx: d.int('height_px'),
      bitrateKbps: d.int('bitrate_kbps'),
      startedAtMs: d.epochMs('started_at_ms'),
      completedAtMs: d.epochMs('completed_at_ms'),
      errorMessage: d.text('error_message'),
    },
    (t) => [
      d.key([t.jobId, t.qualityId]),
      d.check('ck_lib_quality_progress_progress', d.sql`${t.progressPercent} BETWEEN 0 AND 100`),
      d.check('ck_lib_quality_progress_segments', d.sql`${t.segmentsCompleted} >= 0`),
    ],
  );

  /** What was said, once for all transcriptions with the same content. */
  const transcriptionTexts = d.table(
    'lib_transcription_texts',
    {
      textId: d.id('text_id'),
      /** SHA-256 of the content before it is compressed, hex. */
      contentHash: d.text('content_hash').notNull(),
      /** JSON of the segments, or of a text without times; deflated. */
      content: d.blob('content').notNull(),
    },
    (t) => [d.unique('uq_lib_transcription_texts_content_hash', [t.contentHash])],
  );

  const transcriptions = d.table(
    'lib_transcriptions',
    {
      videoId: d
        .int('video_id')
        .primaryKey()
        .references(() => entries.videoId, { onDelete: 'cascade' }),
      /** TranscriptionStatus. */
      status: d.enumInt('status').notNull(),
      languageId: d.int('language_id').references(() => languages.id),
      textId: d.int('text_id').references(() => transcriptionTexts.textId),
      wordCount: d.int('word_count'),
      requestedAtMs: d.epochMs('requested_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
      startedAtMs: d.epochMs('started_at_ms'),
      completedAtMs: d.epochMs('completed_at_ms'),
      errorMessage: d.text('error_message'),
    },
    (t) => [
      d.index('idx_lib_transcriptions_requested_at_ms_video_id', [t.requestedAtMs, t.videoId]),
      d.index('idx_lib_transcriptions_status_requested_at_ms_video_id', [
        t.status,
        t.requestedAtMs,
        t.videoId,
      ]),
      d.index('idx_lib_transcriptions_text_id', [t.textId]),
      d.check('ck_lib_transcriptions_word_count', d.sql`${t.wordCount} >= 0`),
    ],
  );

  return { transcodingJobs, qualityProgress, transcriptionTexts, transcriptions };
}
