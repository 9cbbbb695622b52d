import { DAY_MS, MINUTE_MS } from '../time.js';
import { TranscodingJobStatus, type TranscodingStep } from './enums.js';
import type { Quality } from './types.js';

/** Claims of one job until it is FAILED, unless said otherwise. */
export const DEFAULT_MAX_ATTEMPTS = 3;
export const MAX_ATTEMPTS = 20;
/** The wait before the second attempt; it doubles with each further one. */
export const FIRST_BACKOFF_MS = MINUTE_MS;
export const MAX_BACKOFF_MS = DAY_MS;

/** How long a job rests after its nth attempt (from 1) was lost or failed, ms. */
export const backoffAfter = (attemptNumber: number): number =>
  Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attemptNumber - 1));

/** The work of turning one video into the qualities that can be played. */
export interface TranscodingJob {
  readonly jobId: number;
  readonly jobUuid: string;
  readonly videoId: number;
  /** An integer of TranscodingJobStatus, or one this version does not know. */
  readonly status: number;
  /** Who claimed it last. */
  readonly workerId: string | null;
  /** Names the last claim; who has it may report while the lease lasts. Never shown but to who claimed. */
  readonly claimUuid: string | null;
  /** An integer of TranscodingStep, or one this version does not know. */
  readonly step: number | null;
  /** 0 to 100 of the attempt. */
  readonly progressPercent: number;
  /** From 1; above `maxAttempts` none is left. */
  readonly attemptNumber: number;
  readonly maxAttempts: number;
  readonly enqueuedAtMs: number;
  /** Not claimed before: it rests after an attempt that was lost or failed. */
  readonly availableAtMs: number;
  readonly updatedAtMs: number;
  readonly startedAtMs: number | null;
  readonly lastCheckpointMs: number | null;
  /** The one rule for stale: a processing job whose lease expired. */
  readonly leaseExpiresAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly lastError: string | null;
  /** Reports that would have taken progress back: they changed nothing. */
  readonly regressionsCount: number;
}

/** Whether somebody works on it. */
export const isHeld = ({ status, leaseExpiresAtMs }: TranscodingJob, nowMs: number): boolean =>
  status === TranscodingJobStatus.PROCESSING && (leaseExpiresAtMs ?? 0) > nowMs;

/** Whether its worker is gone; the job `transcoding-sweep` takes it back. */
export const isStale = ({ status, leaseExpiresAtMs }: TranscodingJob, nowMs: number): boolean =>
  status === TranscodingJobStatus.PROCESSING && (leaseExpiresAtMs ?? 0) <= nowMs;

export interface QualityProgress extends Quality {
  /** An integer of QualityStatus, or one this version does not know. */
  readonly status: number;
  readonly segmentsTotal: number | null;
  readonly segmentsCompleted: number;
  readonly progressPercent: number;
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly errorMessage: string | null;
}

export interface NewTranscodingJob {
  readonly jobUuid: string;
  readonly slug: string;
  readonly maxAttempts: number;
  /** Names of the qualities that are planned; reports may bring others. */
  readonly qualities: readonly string[];
}

/** Who reports: the job, and the claim that must be the last one. */
export interface Claim {
  readonly jobUuid: string;
  readonly claimUuid: string;
}

/** What a worker tells of one quality; null leaves what is known. */
export interface QualityReport extends Quality {
  readonly status: number;
  readonly segmentsTotal: number | null;
  readonly segmentsCompleted: number | null;
  readonly progressPercent: number | null;
  readonly errorMessage: string | null;
}

export interface ProgressReport {
  readonly step: TranscodingStep | null;
  readonly progressPercent: number | null;
  readonly qualities: readonly QualityReport[];
}

/** What of a report was not taken, because it would have taken progress back. */
export interface ProgressOutcome {
  readonly isStepIgnored: boolean;
  /** Names. */
  readonly ignoredQualities: readonly string[];
}

export interface TranscodingJobFilter {
  readonly status: number | null;
  readonly workerId: string | null;
  /** Set: jobs whose lease had expired at this instant. */
  readonly staleAtMs: number | null;
}
