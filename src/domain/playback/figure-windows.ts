import { SLICE_MS } from '../time.js';
import type { SliceFigures } from './audience-cell.js';
import { SLICES_PER_DAY } from './periods.js';
import { FigureReader } from './slice-series.js';

/** Four counts and an offset of four bytes each, and a duration of eight. */
const WINDOW_BYTES = 28;

/**
 * Adds up the slices of the 24 hours that begin at each slice of a day: what a day is in any zone, but where its clocks
 * change. Takes the figures of this day and of the next one.
 */
export class FigureWindows {
  readonly #views = new Float64Array(2 * SLICES_PER_DAY);
  readonly #completed = new Float64Array(2 * SLICES_PER_DAY);
  readonly #timed = new Float64Array(2 * SLICES_PER_DAY);
  readonly #watchedMs = new Float64Array(2 * SLICES_PER_DAY);
  readonly #peaks = new Float64Array(2 * SLICES_PER_DAY);
  /** Since the day began. */
  readonly #peaksAtMs = new Float64Array(2 * SLICES_PER_DAY);

  /** The encoded figures of a day; `dayOffset`: 0, or 1 for the next day. */
  add(figures: Uint8Array, dayOffset: number): void {
    // As if the first day were that of 1970-01-01: then instants are offsets.
    const reader = new FigureReader(dayOffset, figures);
    while (reader.next()) {
      const at = dayOffset * SLICES_PER_DAY + reader.slice;
      this.#views[at] = reader.viewsCount;
      this.#completed[at] = reader.completedCount;
      this.#timed[at] = reader.timedCount;
      this.#watchedMs[at] = reader.watchedMs;
      this.#peaks[at] = reader.peakCount;
      this.#peaksAtMs[at] = reader.peakAtMs;
    }
  }

  /** Of each window, in order, the same number of bytes, the lowest of a number first, so that one is read without those before it. */
  encode(): Uint8Array {
    const view = new DataView(new ArrayBuffer(SLICES_PER_DAY * WINDOW_BYTES));
    for (let first = 0; first < SLICES_PER_DAY; first += 1) {
      const at = first * WINDOW_BYTES;
      const peak = this.#highest(first);
      view.setUint32(at, sumOf(this.#views, first), true);
      view.setUint32(at + 4, sumOf(this.#completed, first), true);
      view.setUint32(at + 8, sumOf(this.#timed, first), true);
      view.setUint32(at + 12, this.#peaks[peak] ?? 0, true);
      view.setUint32(at + 16, this.#peaksAtMs[peak] ?? 0, true);
      view.setFloat64(at + 20, sumOf(this.#watchedMs, first), true);
    }
    return new Uint8Array(view.buffer);
  }

  /** The slice of the highest peak, and of equal ones the first. */
  #highest(first: number): number {
    let highest = first;
    for (let at = first + 1; at < first + SLICES_PER_DAY; at += 1)
      if ((this.#peaks[at] ?? 0) > (this.#peaks[highest] ?? 0)) highest = at;
    return highest;
  }
}

/** The figures of the window that begins at a slice of the day; without a peak its instant is that of the day. */
export function figuresInWindow(windows: Uint8Array, day: number, slice: number): SliceFigures {
  const view = new DataView(windows.buffer, windows.byteOffset + slice * WINDOW_BYTES, WINDOW_BYTES);
  return {
    viewsCount: view.getUint32(0, true),
    completedCount: view.getUint32(4, true),
    timedCount: view.getUint32(8, true),
    peakCount: view.getUint32(12, true),
    peakAtMs: day * SLICES_PER_DAY * SLICE_MS + view.getUint32(16, true),
    watchedMs: view.getFloat64(20, true),
  };
}

function sumOf(values: Float64Array, first: number): number {
  let sum = 0;
  for (let at = first; at < first + SLICES_PER_DAY; at += 1) sum += values[at] ?? 0;
  return sum;
}
