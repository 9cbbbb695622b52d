/** Integer codes of the library: fixed for ever, the words appear only at the edge. */
export const EntryStatus = { PENDING: 0, PROCESSING: 1, READY: 2, FAILED: 3 } as const;
export type EntryStatus = (typeof EntryStatus)[keyof typeof EntryStatus];

export const ENTRY_ORDERS = ['PUBLISHED', 'CREATED', 'TITLE'] as const;
export type EntryOrder = (typeof ENTRY_ORDERS)[number];

/** A job that is COMPLETED, FAILED or ABORTED is not worked on until somebody puts it back. */
export const TranscodingJobStatus = {
  PENDING: 0,
  PROCESSING: 1,
  COMPLETED: 2,
  FAILED: 3,
  ABORTED: 4,
} as const;
export type TranscodingJobStatus = (typeof TranscodingJobStatus)[keyof typeof TranscodingJobStatus];

/** In the order of the work: an attempt never goes back to an earlier one. */
export const TranscodingStep = {
  PROBE: 1,
  THUMBNAIL: 2,
  TRANSCODE: 3,
  MASTER_PLAYLIST: 4,
  FINALIZE: 5,
} as const;
export type TranscodingStep = (typeof TranscodingStep)[keyof typeof TranscodingStep];

/** From COMPLETED on a quality is done with, for good or for bad. */
export const QualityStatus = { PENDING: 0, IN_PROGRESS: 1, COMPLETED: 2, FAILED: 3, SKIPPED: 4 } as const;
export type QualityStatus = (typeof QualityStatus)[keyof typeof QualityStatus];

export const TranscriptionStatus = { PENDING: 0, PROCESSING: 1, COMPLETED: 2, FAILED: 3 } as const;
export type TranscriptionStatus = (typeof TranscriptionStatus)[keyof typeof TranscriptionStatus];
