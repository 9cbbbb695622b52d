import type { Page, PageRequest } from '../page.js';
import type {
  Claim,
  NewTranscodingJob,
  ProgressOutcome,
  ProgressReport,
  QualityProgress,
  TranscodingJob,
  TranscodingJobFilter,
} from './transcoding.js';

/**
 * Transcoding jobs, at most one of an entry. Changes that somebody must be entitled to are single conditional
 * statements; what they answer says whether they changed the job. All methods throw StorageError.
 */
export interface TranscodingStore {
  /** False when the entry is not there, is deleted, or has a job already. */
  enqueue(job: NewTranscodingJob, nowMs: number): Promise<boolean>;
  /**
   * Gives the oldest job that waits to one claimer only; null when none waits. The same claim sent again finds the job
   * that it got, which it may have lost since.
   */
  claim(
    workerId: string,
    claimUuid: string,
    nowMs: number,
    leaseExpiresAtMs: number,
  ): Promise<TranscodingJob | null>;
  /** Renews the lease; parts that would take progress back are left out. Null when the claim does not hold the job. */
  report(
    claim: Claim,
    report: ProgressReport,
    nowMs: number,
    leaseExpiresAtMs: number,
  ): Promise<ProgressOutcome | null>;
  /**
   * The entry is ready and has the completed qualities. False when the claim does not hold the job, a quality is not
   * done with, or of some none was completed.
   */
  complete(claim: Claim, nowMs: number): Promise<boolean>;
  /** Counts the attempt: the job rests and waits, or is FAILED for good. False when the claim does not hold the job. */
  fail(claim: Claim, errorMessage: string, isFinal: boolean, nowMs: number): Promise<boolean>;
  /** Puts an ended job back, with all its attempts. */
  retry(jobUuid: string, nowMs: number): Promise<boolean>;
  abort(jobUuid: string, reason: string | null, nowMs: number): Promise<boolean>;
  /** Takes back jobs whose lease expired, each as a failed attempt; answers their UUIDs. Stops when the signal is aborted. */
  takeBackLost(nowMs: number, signal: AbortSignal): Promise<readonly string[]>;

  listJobsByUuids(jobUuids: readonly string[]): Promise<readonly TranscodingJob[]>;
  listJobsByVideoIds(videoIds: readonly number[]): Promise<readonly TranscodingJob[]>;
  /** Newest first; key [enqueuedAtMs, jobId]. */
  listJobs(filter: TranscodingJobFilter, page: PageRequest): Promise<Page<TranscodingJob>>;
  countJobs(filter: TranscodingJobFilter): Promise<number>;
  /** In the order of the ids; highest quality first. */
  listQualityProgress(jobIds: readonly number[]): Promise<readonly (readonly QualityProgress[])[]>;
}
