import type { SourceType } from '../immersion/enums.js';
import type { ExtractionJobStatus, ExtractionJobType } from './enums.js';

/** A video that somebody extracts; one that is not known yet becomes known by it. */
export interface ExtractionVideo {
  readonly videoKey: string;
  readonly title: string;
  readonly sourceType: SourceType;
  readonly sourceUrl: string | null;
}

export interface NewExtractionJob {
  readonly jobUuid: string;
  readonly type: ExtractionJobType;
  readonly playlistKey: string | null;
  readonly playlistUrl: string | null;
  readonly playlistTitle: string | null;
  /** How many videos the client expects; it may know more than it lists. */
  readonly expectedCount: number;
  readonly metadataJson: string | null;
  /** In the order of the request. */
  readonly videos: readonly ExtractionVideo[];
}

/** What came of one video. Without an error code it is a success. */
export interface NewExtractionResult {
  readonly video: ExtractionVideo;
  readonly source: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** How long the extraction took, ms; null where nobody measured. */
  readonly extractionMs: number | null;
  readonly extractedAtMs: number;
}

export interface ExtractionJob {
  readonly jobId: number;
  readonly jobUuid: string;
  /** An integer of ExtractionJobType, or one this version does not know. */
  readonly jobType: number;
  /** An integer of ExtractionJobStatus, or one this version does not know. */
  readonly status: number;
  readonly playlistKey: string | null;
  readonly playlistUrl: string | null;
  readonly playlistTitle: string | null;
  readonly expectedCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly startedAtMs: number | null;
  /** When it was completed, failed or aborted: written once. */
  readonly completedAtMs: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly metadataJson: string | null;
}

/** Counted from the results whenever somebody asks: there is nothing that could disagree with them. */
export interface ExtractionProgress {
  /** Videos that the job names, or as many as the client expects when that is more. */
  readonly totalCount: number;
  readonly processedCount: number;
  readonly succeededCount: number;
  readonly failedCount: number;
  /** Of the processed ones, answered by the cache. */
  readonly cachedCount: number;
}

export interface ExtractionResult {
  readonly resultId: number;
  readonly jobId: number;
  readonly videoId: number;
  /** An integer of ResultOrigin, or one this version does not know. */
  readonly origin: number;
  readonly source: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly extractionMs: number | null;
  /** When the extraction ended; of what the cache answered, when it did: analytics count by this instant. */
  readonly extractedAtMs: number;
  readonly recordedAtMs: number;
}

/** Null does not filter. */
export interface ExtractionJobFilter {
  readonly status: number | null;
  readonly type: number | null;
  readonly videoId: number | null;
}

export interface ExtractionJobTransition {
  readonly jobUuid: string;
  readonly to: ExtractionJobStatus;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}
