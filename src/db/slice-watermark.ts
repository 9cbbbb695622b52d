import type { Statement, TransactOptions } from './backend.js';

/**
 * The watermark: slices below it left retention. What they held is kept in the base slice, so that later slices of a
 * session are still counted from there and lifetime totals stay whole. It lies at the first slice of a month and only
 * rises.
 */
export const WATERMARK_KEY = 'imm.frozen_before_slice';
/** Stands for every slice below the watermark: the maximum of a session, the sum of a video. */
export const BASE_SLICE = -1;

export const READ_WATERMARK: Statement = {
  sql: `SELECT CAST(COALESCE((SELECT value FROM sys_settings WHERE key = '${WATERMARK_KEY}'), '0') AS INTEGER)`,
  params: [],
};

/** A transaction that was compiled for a watermark is refused (GUARD_FAILED) when another process raised it since. */
export const watermarkGuard = (watermark: number): TransactOptions => ({
  guard: { ...READ_WATERMARK, equals: watermark },
});

/** Data that comes for a slice below the watermark belongs to the base. */
export const openSlice = (slice: number, watermark: number): number =>
  slice < watermark ? BASE_SLICE : slice;
