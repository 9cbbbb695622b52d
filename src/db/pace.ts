import { setTimeout as wait } from 'node:timers/promises';

/** Background work takes one part of the time in this many and one. */
const REST_FACTOR = 4;
/** Of one rest: a step that itself had to wait long must not keep the work from ending. */
const MAX_REST_MS = 200;

/** How long to leave disk, cores and the writing connection to others after a step, ms. */
export const restMsAfter = (stepMs: number): number => Math.min(stepMs * REST_FACTOR, MAX_REST_MS);

/**
 * One step of background work, then a rest, so that flushes and requests go first. The busier the database, the longer
 * a step takes and the longer the rest. A rest ends as soon as the signal is aborted.
 */
export async function paced<Result>(step: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const startedMs = performance.now();
  const result = await step();
  const restMs = restMsAfter(performance.now() - startedMs);
  // Rejects when aborted: the caller looks at the signal itself.
  await wait(restMs, undefined, { signal }).catch(() => undefined);
  return result;
}
