import type { Backend } from '../backend.js';

/** Pages given back in one step: a few milliseconds on the writing connection. */
const SLICE_PAGES = 500;

export function createVacuum(
  backend: Backend,
): (options: { readonly isFull: boolean }, signal: AbortSignal) => Promise<number> {
  return async ({ isFull }, signal) => {
    const before = await backend.gauges();
    if (isFull) {
      await backend.vacuumFully();
    } else {
      for (let free = before.freeBytes; free > 0 && !signal.aborted;) {
        const left = await backend.vacuumSlice(SLICE_PAGES);
        if (left >= free) break;
        free = left;
      }
    }
    const after = await backend.gauges();
    return Math.max(0, before.freeBytes - after.freeBytes);
  };
}
