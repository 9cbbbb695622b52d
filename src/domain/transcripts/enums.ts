/** Integer codes of the transcripts domain: fixed for ever, the words appear only at the edge. */
export const ExtractionJobType = { BATCH: 1, PLAYLIST: 2 } as const;
export type ExtractionJobType = (typeof ExtractionJobType)[keyof typeof ExtractionJobType];

export const ExtractionJobStatus = {
  PENDING: 0,
  PROCESSING: 1,
  COMPLETED: 2,
  FAILED: 3,
  ABORTED: 4,
} as const;
export type ExtractionJobStatus = (typeof ExtractionJobStatus)[keyof typeof ExtractionJobStatus];

/** Who answered a video of a job. */
export const ResultOrigin = { CACHE: 1, EXTRACTED: 2 } as const;
export type ResultOrigin = (typeof ResultOrigin)[keyof typeof ResultOrigin];

/** A job that ended never changes again. One whose videos are all cached is completed without processing any. */
const NEXT: Readonly<Record<ExtractionJobStatus, readonly ExtractionJobStatus[]>> = {
  [ExtractionJobStatus.PENDING]: [
    ExtractionJobStatus.PROCESSING,
    ExtractionJobStatus.COMPLETED,
    ExtractionJobStatus.FAILED,
    ExtractionJobStatus.ABORTED,
  ],
  [ExtractionJobStatus.PROCESSING]: [
    ExtractionJobStatus.COMPLETED,
    ExtractionJobStatus.FAILED,
    ExtractionJobStatus.ABORTED,
  ],
  [ExtractionJobStatus.COMPLETED]: [],
  [ExtractionJobStatus.FAILED]: [],
  [ExtractionJobStatus.ABORTED]: [],
};

/** Whether a job may go from one status to another; to the one it has is no transition. */
export const isLegalTransition = (from: ExtractionJobStatus, to: ExtractionJobStatus): boolean =>
  NEXT[from].includes(to);
