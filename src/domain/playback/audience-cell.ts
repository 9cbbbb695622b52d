/** Sums and the peak of a slice, or of several. */
export interface SliceFigures {
  readonly viewsCount: number;
  readonly completedCount: number;
  /** Views that saw at least one hundredth. */
  readonly timedCount: number;
  readonly watchedMs: number;
  /** The most playbacks at one instant, and the first such instant; 0 and 0 without any. */
  readonly peakCount: number;
  readonly peakAtMs: number;
}

/** What the audience of a video, or of many, did in a slice. Cells can be added up, in any order. */
export interface SliceCell extends SliceFigures {
  readonly videoId: number;
  readonly viewers: Uint8Array;
  readonly bins: Uint8Array;
  readonly qualities: readonly QualitySum[];
}

/** The same of a day or a month, with how many viewers there are in its set. */
export interface AudienceCell extends SliceCell {
  readonly viewersCount: number;
}

export type QualitySum = readonly [qualityId: number, viewsCount: number, watchedMs: number];
