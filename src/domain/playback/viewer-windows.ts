import { SLICES_PER_DAY } from './periods.js';
import { viewersOf } from './slice-series.js';
import { visitIds } from './viewer-set.js';

const COUNT_BYTES = 4;

/**
 * Counts the different viewers of the 24 hours that begin at each slice of a day: what a day is in any zone, but where its
 * clocks change. Takes the slices of this day and of the next one, in this order. A viewer counts in a window by the first
 * time in it, which a playback is for all windows that begin after the one before; so each playback is looked at once.
 */
export class ViewerWindows {
  /** By the first slice of a window: how many more there are in it than in the window before. */
  readonly #changes = new Int32Array(SLICES_PER_DAY + 1);
  readonly #lastSeen = new Map<number, number>();

  /** The encoded sets of a day; `dayOffset`: 0, or 1 for the next day. */
  add(viewers: Uint8Array, dayOffset: number): void {
    for (const [slice, set] of viewersOf(viewers)) {
      const at = dayOffset * SLICES_PER_DAY + slice;
      visitIds(set, (id) => {
        const first = Math.max((this.#lastSeen.get(id) ?? -1) + 1, at - SLICES_PER_DAY + 1);
        this.#lastSeen.set(id, at);
        if (first < SLICES_PER_DAY) this.#count(first, Math.min(at + 1, SLICES_PER_DAY));
      });
    }
  }

  /** Of each window, in order: four bytes, the lowest first, so that one is read without those before it. */
  encode(): Uint8Array {
    const view = new DataView(new ArrayBuffer(SLICES_PER_DAY * COUNT_BYTES));
    let count = 0;
    for (let slice = 0; slice < SLICES_PER_DAY; slice += 1) {
      count += this.#changes[slice] ?? 0;
      view.setUint32(slice * COUNT_BYTES, count, true);
    }
    return new Uint8Array(view.buffer);
  }

  #count(from: number, to: number): void {
    this.#changes[from] = (this.#changes[from] ?? 0) + 1;
    this.#changes[to] = (this.#changes[to] ?? 0) - 1;
  }
}

/** The count of the window that begins at a slice of the day. */
export const countInWindow = (windows: Uint8Array, slice: number): number =>
  new DataView(windows.buffer, windows.byteOffset, windows.byteLength).getUint32(slice * COUNT_BYTES, true);
