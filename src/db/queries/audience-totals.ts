import type { AudienceFigures, AudienceTotals } from '../../domain/playback/audience.js';
import type { SliceFigures } from '../../domain/playback/audience-cell.js';
import type { SqlValue } from '../backend.js';

/** In the order of the columns. */
export const toTotalsRow = (part: SliceFigures): number[] => [
  part.viewsCount,
  part.completedCount,
  part.timedCount,
  part.watchedMs,
  part.peakCount,
  part.peakAtMs,
];

/** Adds up what the parts of a run hold. */
export class TotalsSum {
  #viewsCount = 0;
  #completedCount = 0;
  #timedCount = 0;
  #watchedMs = 0;
  #peakCount = 0;
  #peakAtMs = 0;

  add(part: SliceFigures): void {
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

  /** The same of a row: a video, a run, and the columns in their order. */
  addRow(row: readonly SqlValue[]): void {
    this.add({
      viewsCount: Number(row[2] ?? 0),
      completedCount: Number(row[3] ?? 0),
      timedCount: Number(row[4] ?? 0),
      watchedMs: Number(row[5] ?? 0),
      peakCount: Number(row[6] ?? 0),
      peakAtMs: Number(row[7] ?? 0),
    });
  }

  /** In the order of the columns; of no peak the instant is 0. */
  toRow(): number[] {
    return toTotalsRow({
      viewsCount: this.#viewsCount,
      completedCount: this.#completedCount,
      timedCount: this.#timedCount,
      watchedMs: this.#watchedMs,
      peakCount: this.#peakCount,
      peakAtMs: this.#peakAtMs,
    });
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

  figures(viewersCount: number): AudienceFigures {
    return { ...this.totals, viewersCount };
  }
}
