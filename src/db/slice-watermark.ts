/**
 * The watermark: slices below it left retention. What they held is kept in the base slice, so that later slices of a
 * session are still counted from there and lifetime totals stay whole. It lies at the first slice of a month and only
 * rises. Flushes do not know it: late data goes into its own slice, and whatever lies below the watermark is rolled up
 * into the base until the next prune folds it.
 */
export const WATERMARK_KEY = 'imm.frozen_before_slice';
/** Stands for every slice below the watermark: the maximum of a session, the sum of a video. */
export const BASE_SLICE = -1;
