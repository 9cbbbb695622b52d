import type { AudienceTotals } from '../../domain/playback/audience.js';

/** What a slice, or a row of sums, adds; 0 and any instant without a peak. */
export interface TotalsPart {
  readonly viewsCount: number;
  readonly completedCount: number;
  readonly timedCount: number;
  readonly watchedMs: number;
  readonly peakCount: number;
  readonly peakAtMs: number;
}

/** Adds up what the parts of a run hold. */
export class TotalsSum {
  #viewsCount = 0;
  #completedCount = 0;
  #timedCount = 0;
  #watchedMs = 0;
  #peakCount = 0;
  #peakAtMs = 0;

  add(part: TotalsPart): void {
    this.#viewsCount += part.viewsCount;
    this.#completedCount += part.completedCount;
    this.#timedCount += part.timedCount;
    this.#watchedMs += part.watchedMs;
    // The highest one, and of equal ones the first.
    const isFirst = part.peakCount === this.#peakCount && part.peakAtMs < this.#peakAtMs;
    if (part.peakCount <= this.#peakCount && !isFirst) return;
    this.#peakCount = part.peakCount;
    this.#peakAtMs = part.peakAtMs;
  }

  /** The same in the order of the columns. */
  addRow(values: readonly number[]): void {
    const [viewsCount = 0, completedCount = 0, timedCount = 0, watchedMs = 0, peakCount = 0, peakAtMs = 0] =
      values;
    this.add({ viewsCount, completedCount, timedCount, watchedMs, peakCount, peakAtMs });
  }

  /** In the order of the columns; of no peak the instant is 0. */
  toRow(): number[] {
    return [
      ...[this.#viewsCount, this.#completedCount, this.#timedCount, this.#watchedMs],
      ...[this.#peakCount, this.#peakAtMs],
    ];
  }

  get totals(): AudienceTotals {
    return {
      viewsCount: this.#viewsCount,
      completedCount: this.#completedCount,
      timedCount: this.#timedCount,
      watchedMs: this.#watchedMs,
      peakCount: this.#peakCount,
      peakAtMs: this.#peakCount > 0 ? this.#peakAtMs : null,
    };
  }
}
