import {
  EntryStatus,
  QualityStatus,
  TranscodingJobStatus,
  TranscodingStep,
} from '../../domain/library/enums.js';
import {
  FIRST_BACKOFF_MS,
  MAX_BACKOFF_MS,
  type Claim,
  type NewTranscodingJob,
} from '../../domain/library/transcoding.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { entriesFollowLoss, entryFollows } from './transcoding-entries.js';
import { HELD, held, PUBLISH_QUALITIES, qualityWords, RESTART_QUALITIES } from './transcoding-qualities.js';

const { PENDING, PROCESSING, COMPLETED, FAILED, ABORTED } = TranscodingJobStatus;
const { IN_PROGRESS } = QualityStatus;
const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';

const ENQUEUE = `INSERT INTO lib_transcoding_jobs
  (job_uuid, video_id, status, max_attempts, enqueued_at_ms, available_at_ms, updated_at_ms)
  SELECT ${TEXT}, e.video_id, ${PENDING}, ${INTEGER}, ${INTEGER}, ${INTEGER}, ${INTEGER}
  FROM lib_entries e WHERE e.slug = ? AND e.deleted_at_ms IS NULL ON CONFLICT DO NOTHING`;

const RENEW = `UPDATE lib_transcoding_jobs SET last_checkpoint_ms = ${INTEGER}, updated_at_ms = ${INTEGER},
  lease_expires_at_ms = CASE WHEN lease_expires_at_ms > ${INTEGER} THEN lease_expires_at_ms ELSE ${INTEGER} END
  WHERE ${HELD}`;

const ADVANCE = `UPDATE lib_transcoding_jobs SET current_step = COALESCE(${INTEGER}, current_step),
  progress_percent = COALESCE(${INTEGER}, progress_percent)
  WHERE ${HELD} AND COALESCE(${INTEGER}, current_step, 0) >= COALESCE(current_step, 0)
  AND COALESCE(${INTEGER}, progress_percent) >= progress_percent`;

/** A job of which every known quality failed or was skipped has nothing to play; it is failed, never completed. */
const COMPLETE = `UPDATE lib_transcoding_jobs SET status = ${COMPLETED}, current_step = ${TranscodingStep.FINALIZE},
  progress_percent = 100, completed_at_ms = ${INTEGER}, updated_at_ms = ${INTEGER}, last_checkpoint_ms = ${INTEGER},
  lease_expires_at_ms = NULL, last_error = NULL
  WHERE ${HELD}
  AND NOT EXISTS (SELECT 1 FROM lib_quality_progress p
    WHERE p.job_id = lib_transcoding_jobs.job_id AND p.status <= ${IN_PROGRESS})
  AND (EXISTS (SELECT 1 FROM lib_quality_progress p
    WHERE p.job_id = lib_transcoding_jobs.job_id AND p.status = ${QualityStatus.COMPLETED})
    OR NOT EXISTS (SELECT 1 FROM lib_quality_progress p WHERE p.job_id = lib_transcoding_jobs.job_id))`;

/** The shift is the doubling of `backoffAfter` (domain/library/transcoding.ts). */
const LAST_DOUBLING = Math.ceil(Math.log2(MAX_BACKOFF_MS / FIRST_BACKOFF_MS));
const BACKOFF = `CASE WHEN attempt_number > ${LAST_DOUBLING} THEN ${MAX_BACKOFF_MS}
  ELSE CAST(${FIRST_BACKOFF_MS} AS BIGINT) << CAST(attempt_number - 1 AS INTEGER) END`;
/** `?` is final (0 or 1), now, now, error. */
const LOSE_ATTEMPT = `UPDATE lib_transcoding_jobs SET
  status = CASE WHEN attempt_number >= max_attempts OR ${INTEGER} = 1 THEN ${FAILED} ELSE ${PENDING} END,
  attempt_number = attempt_number + 1, available_at_ms = ${INTEGER} + ${BACKOFF}, updated_at_ms = ${INTEGER},
  lease_expires_at_ms = NULL, last_error = ${TEXT}`;

/** Statements about transcoding jobs. */
export class TranscodingStatements {
  readonly #claim: string;
  readonly #ids: string;

  constructor(functions: SqlFunctions) {
    this.#ids = `(SELECT id FROM ${functions.jsonRows('?', ['id'])} AS i)`;
    // Jobs of entries that were deleted wait with them.
    this.#claim = `UPDATE lib_transcoding_jobs SET status = ${PROCESSING}, worker_id = ${TEXT}, claim_uuid = ${TEXT},
      current_step = NULL, progress_percent = 0, started_at_ms = COALESCE(started_at_ms, ${INTEGER}),
      last_checkpoint_ms = ${INTEGER}, updated_at_ms = ${INTEGER}, lease_expires_at_ms = ${INTEGER}
      WHERE job_id = (
        SELECT job_id FROM lib_transcoding_jobs WHERE status = ${PENDING} AND available_at_ms <= ?
        AND NOT EXISTS (SELECT 1 FROM lib_entries e
          WHERE e.video_id = lib_transcoding_jobs.video_id AND e.deleted_at_ms IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM lib_transcoding_jobs c WHERE c.claim_uuid = ?)
        ORDER BY enqueued_at_ms, job_id LIMIT 1 ${functions.skipLocked}
      ) AND status = ${PENDING}`;
  }

  /** The first one adds the job, or changes nothing, and then none does. */
  enqueue(job: NewTranscodingJob, nowMs: number): Statement[] {
    const words = qualityWords(job.qualities);
    return [
      { sql: ENQUEUE, params: [job.jobUuid, job.maxAttempts, nowMs, nowMs, nowMs, job.slug] },
      ...words,
      ...job.qualities.map((name) => ({
        sql: `INSERT INTO lib_quality_progress (job_id, quality_id) SELECT j.job_id, q.id
          FROM lib_transcoding_jobs j CROSS JOIN sys_qualities q JOIN lib_entries e ON e.video_id = j.video_id
          WHERE j.job_uuid = ? AND j.claim_uuid IS NULL AND e.slug = ? AND q.name = ? ON CONFLICT DO NOTHING`,
        params: [job.jobUuid, job.slug, name],
      })),
      entryFollows(EntryStatus.PENDING, [EntryStatus.FAILED], 'job_uuid', job.jobUuid, PENDING, nowMs),
    ];
  }

  claim(workerId: string, claimUuid: string, nowMs: number, leaseExpiresAtMs: number): Statement[] {
    return [
      {
        sql: this.#claim,
        params: [workerId, claimUuid, nowMs, nowMs, nowMs, leaseExpiresAtMs, nowMs, claimUuid],
      },
      entryFollows(
        EntryStatus.PROCESSING,
        [EntryStatus.PENDING, EntryStatus.FAILED],
        'claim_uuid',
        claimUuid,
        PROCESSING,
        nowMs,
      ),
    ];
  }

  renew(claim: Claim, nowMs: number, leaseExpiresAtMs: number): Statement {
    return {
      sql: RENEW,
      params: [nowMs, nowMs, leaseExpiresAtMs, leaseExpiresAtMs, ...held(claim, nowMs)],
    };
  }

  advance(claim: Claim, step: number | null, percent: number | null, nowMs: number): Statement {
    return { sql: ADVANCE, params: [step, percent, ...held(claim, nowMs), step, percent] };
  }

  countRegressions(claim: Claim, count: number): Statement {
    return {
      sql: `UPDATE lib_transcoding_jobs SET regressions_count = regressions_count + ${INTEGER}
        WHERE job_uuid = ? AND claim_uuid = ?`,
      params: [count, claim.jobUuid, claim.claimUuid],
    };
  }

  /** The first one completes the job, or changes nothing, and then none does. */
  complete(claim: Claim, nowMs: number): Statement[] {
    return [
      { sql: COMPLETE, params: [nowMs, nowMs, nowMs, ...held(claim, nowMs)] },
      { sql: PUBLISH_QUALITIES, params: [claim.jobUuid, claim.claimUuid, nowMs] },
      {
        sql: `UPDATE lib_entries SET status = ${EntryStatus.READY}, error_message = NULL, updated_at_ms = ${INTEGER}
          WHERE video_id = (SELECT video_id FROM lib_transcoding_jobs
            WHERE job_uuid = ? AND claim_uuid = ? AND status = ${COMPLETED} AND completed_at_ms = ?)`,
        params: [nowMs, claim.jobUuid, claim.claimUuid, nowMs],
      },
    ];
  }

  /** The first one tells whether the claim held the job. */
  fail(claim: Claim, errorMessage: string, isFinal: boolean, nowMs: number): Statement[] {
    const { jobUuid } = claim;
    return [
      {
        sql: `${LOSE_ATTEMPT} WHERE ${HELD}`,
        params: [isFinal ? 1 : 0, nowMs, nowMs, errorMessage, ...held(claim, nowMs)],
      },
      {
        sql: `${RESTART_QUALITIES} AND job_id =
          (SELECT job_id FROM lib_transcoding_jobs WHERE job_uuid = ? AND status = ${PENDING})`,
        params: [jobUuid],
      },
      ...entriesFollowLoss(
        '= (SELECT video_id FROM lib_transcoding_jobs WHERE job_uuid = ?)',
        jobUuid,
        nowMs,
      ),
    ];
  }

  /** Of the jobs with these ids those whose lease expired; the first one tells how many. */
  takeBack(jobIds: readonly number[], errorMessage: string, nowMs: number): Statement[] {
    const list = JSON.stringify(jobIds.map((id) => [id]));
    return [
      {
        sql: `${LOSE_ATTEMPT} WHERE job_id IN ${this.#ids} AND status = ${PROCESSING} AND lease_expires_at_ms <= ?`,
        params: [0, nowMs, nowMs, errorMessage, list, nowMs],
      },
      {
        sql: `${RESTART_QUALITIES} AND job_id IN (SELECT job_id FROM lib_transcoding_jobs
          WHERE status = ${PENDING} AND job_id IN ${this.#ids})`,
        params: [list],
      },
      ...entriesFollowLoss(
        `IN (SELECT video_id FROM lib_transcoding_jobs WHERE job_id IN ${this.#ids})`,
        list,
        nowMs,
      ),
    ];
  }

  /** The first one tells whether there was an ended job. One that was completed is done again whole. */
  retry(jobUuid: string, nowMs: number): Statement[] {
    const job = (status: number) =>
      `job_id = (SELECT job_id FROM lib_transcoding_jobs WHERE job_uuid = ? AND status = ${status})`;
    return [
      {
        sql: `UPDATE lib_transcoding_jobs SET updated_at_ms = ${INTEGER}, lease_expires_at_ms = NULL
          WHERE job_uuid = ? AND status IN (${COMPLETED}, ${FAILED}, ${ABORTED})`,
        params: [nowMs, jobUuid],
      },
      {
        sql: `UPDATE lib_quality_progress SET status = ${IN_PROGRESS}, completed_at_ms = NULL WHERE ${job(COMPLETED)}`,
        params: [jobUuid],
      },
      {
        sql: `UPDATE lib_transcoding_jobs SET status = ${PENDING}, attempt_number = 1, available_at_ms = ${INTEGER},
          claim_uuid = NULL, completed_at_ms = NULL, last_error = NULL, current_step = NULL, progress_percent = 0
          WHERE job_uuid = ? AND status IN (${COMPLETED}, ${FAILED}, ${ABORTED})`,
        params: [nowMs, jobUuid],
      },
      { sql: `${RESTART_QUALITIES} AND ${job(PENDING)}`, params: [jobUuid] },
      entryFollows(EntryStatus.PENDING, [EntryStatus.FAILED], 'job_uuid', jobUuid, PENDING, nowMs),
    ];
  }

  abort(jobUuid: string, reason: string | null, nowMs: number): Statement[] {
    return [
      {
        sql: `UPDATE lib_transcoding_jobs SET status = ${ABORTED}, lease_expires_at_ms = NULL, last_error = ${TEXT},
          updated_at_ms = ${INTEGER} WHERE job_uuid = ? AND status IN (${PENDING}, ${PROCESSING})`,
        params: [reason, nowMs, jobUuid],
      },
      entryFollows(EntryStatus.PENDING, [EntryStatus.PROCESSING], 'job_uuid', jobUuid, ABORTED, nowMs),
    ];
  }
}
