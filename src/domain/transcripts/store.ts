import type { Page, PageRequest } from '../page.js';
import type {
  ExtractionJob,
  ExtractionJobFilter,
  ExtractionJobTransition,
  ExtractionProgress,
  ExtractionResult,
  NewExtractionJob,
  NewExtractionResult,
} from './jobs.js';

/** What becomes of a call that records results. */
export interface RecordedResults {
  readonly storedCount: number;
  /** Results of videos that had one already: they change nothing. */
  readonly duplicateCount: number;
}

/** What is asked and written about extraction jobs. All methods throw StorageError. */
export interface TranscriptStore {
  /**
   * One transaction: the job, its videos, and a result for every video that the cache answers, failures that it
   * remembers included. False, and nothing changes, when a job is there already under this UUID.
   */
  createExtractionJob(job: NewExtractionJob, nowMs: number): Promise<boolean>;
  /**
   * Inserts what has no result yet and makes a pending job a processing one, in one transaction. Null, and nothing is
   * written, when no open job has this UUID; except that a closed job which has all of these results says so.
   */
  recordExtractionResults(
    jobUuid: string,
    results: readonly NewExtractionResult[],
    nowMs: number,
  ): Promise<RecordedResults | null>;
  /** False, and nothing is written, when there is no such job or it may not go there from where it is. */
  moveExtractionJob(transition: ExtractionJobTransition, nowMs: number): Promise<boolean>;

  getExtractionJob(jobUuid: string): Promise<ExtractionJob | null>;
  listExtractionJobsByUuids(jobUuids: readonly string[]): Promise<readonly ExtractionJob[]>;
  /** Newest first; key [createdAtMs, jobId]. */
  listExtractionJobs(filter: ExtractionJobFilter, page: PageRequest): Promise<Page<ExtractionJob>>;
  countExtractionJobs(filter: ExtractionJobFilter): Promise<number>;
  /** In the order of the ids, each from one statement over all. */
  listExtractionProgress(jobIds: readonly number[]): Promise<readonly ExtractionProgress[]>;
  /** In the order in which the videos became known; key [videoId]. `origin` null is any. */
  listExtractionResults(
    jobId: number,
    origin: number | null,
    page: PageRequest,
  ): Promise<Page<ExtractionResult>>;
  /** Ids of the videos of a job without a result; key [videoId]. */
  listMissingVideoIds(jobId: number, page: PageRequest): Promise<Page<number>>;
}
