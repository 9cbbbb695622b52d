/** Speeds a replay may have. */
export const MIN_SPEED = 0.1;
export const MAX_SPEED = 100;

/**
 * When an event of a replay is due, ms on the replaying clock. Every due time is computed from the start, so errors
 * of single waits do not add up.
 */
export const dueMs = (eventMs: number, firstMs: number, startedMs: number, speed: number): number =>
  startedMs + (eventMs - firstMs) / speed;
