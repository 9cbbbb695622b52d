import { SLICE_MS } from '../time.js';
import type { QualitySum, SliceCell } from './cells.js';
import { SLICES_PER_DAY } from './periods.js';
import { ByteReader, ByteWriter } from './varint.js';

/**
 * The slices of a day in which a video was watched, one after the other, in three strings of bytes by who asks: nearly
 * every question is about the figures.
 */
export interface SliceSeries {
  /** Each slice: its number in the day and whether playbacks started in it, their sums if so, the peak and its instant. */
  readonly figures: Uint8Array;
  /** Each slice in which playbacks started: counts of hundredths and sums by quality. */
  readonly details: Uint8Array;
  /** Each slice in which a viewer started one: the set of ids. */
  readonly viewers: Uint8Array;
}

/** Cells by the number of their slice in the day, 0 to 95. */
export type SliceCells = ReadonlyMap<number, SliceCell>;

const startOf = (day: number, slice: number): number => (day * SLICES_PER_DAY + slice) * SLICE_MS;

/** Cells without anything in them may be left out, and are. */
export function encodeSeries(day: number, cells: SliceCells): SliceSeries {
  const figures = new ByteWriter();
  const details = new ByteWriter();
  const viewers = new ByteWriter();
  for (const [slice, cell] of [...cells].toSorted(([a], [b]) => a - b)) {
    if (cell.viewsCount === 0 && cell.peakCount === 0) continue;
    figures.number(slice * 2 + (cell.viewsCount > 0 ? 1 : 0));
    if (cell.viewsCount > 0) {
      figures.number(cell.viewsCount);
      figures.number(cell.completedCount);
      figures.number(cell.timedCount);
      figures.number(cell.watchedMs);
      details.number(slice);
      details.sized(cell.bins);
      details.number(cell.qualities.length);
      for (const [id, views, watchedMs] of cell.qualities) {
        details.number(id);
        details.number(views);
        details.number(watchedMs);
      }
    }
    figures.number(cell.peakCount);
    if (cell.peakCount > 0) figures.number(cell.peakAtMs - startOf(day, slice));
    if (cell.viewers.length > 0) {
      viewers.number(slice);
      viewers.sized(cell.viewers);
    }
  }
  return { figures: figures.toBytes(), details: details.toBytes(), viewers: viewers.toBytes() };
}

/** Goes through the figures of a day slice by slice; its fields are those of the slice it stands at. */
export class FigureReader {
  slice = -1;
  viewsCount = 0;
  completedCount = 0;
  timedCount = 0;
  watchedMs = 0;
  peakCount = 0;
  /** 0 without a peak. */
  peakAtMs = 0;
  readonly #reader: ByteReader;

  constructor(
    private readonly day: number,
    figures: Uint8Array,
  ) {
    this.#reader = new ByteReader(figures);
  }

  /** False at the end. */
  next(): boolean {
    const reader = this.#reader;
    if (reader.isAtEnd) return false;
    const head = reader.number();
    const hasViews = (head & 1) === 1;
    this.slice = head >>> 1;
    this.viewsCount = hasViews ? reader.number() : 0;
    this.completedCount = hasViews ? reader.number() : 0;
    this.timedCount = hasViews ? reader.number() : 0;
    this.watchedMs = hasViews ? reader.number() : 0;
    this.peakCount = reader.number();
    this.peakAtMs = this.peakCount > 0 ? startOf(this.day, this.slice) + reader.number() : 0;
    return true;
  }
}

export interface SliceDetails {
  readonly slice: number;
  readonly bins: Uint8Array;
  readonly qualities: readonly QualitySum[];
}

export function* detailsOf(details: Uint8Array): Generator<SliceDetails> {
  const reader = new ByteReader(details);
  while (!reader.isAtEnd) {
    const slice = reader.number();
    const bins = reader.sized();
    const qualities = Array.from({ length: reader.number() }, (): QualitySum => [
      reader.number(),
      reader.number(),
      reader.number(),
    ]);
    yield { slice, bins, qualities };
  }
}

/** Encoded sets of viewers, by slice. */
export function* viewersOf(viewers: Uint8Array): Generator<readonly [slice: number, viewers: Uint8Array]> {
  const reader = new ByteReader(viewers);
  while (!reader.isAtEnd) yield [reader.number(), reader.sized()];
}

const NOTHING = new Uint8Array();

export function decodeSeries(videoId: number, day: number, series: SliceSeries): Map<number, SliceCell> {
  const details = new Map([...detailsOf(series.details)].map((own) => [own.slice, own]));
  const viewers = new Map(viewersOf(series.viewers));
  const cells = new Map<number, SliceCell>();
  const reader = new FigureReader(day, series.figures);
  while (reader.next()) {
    const { slice, viewsCount, completedCount, timedCount, watchedMs, peakCount, peakAtMs } = reader;
    cells.set(slice, {
      videoId,
      ...{ viewsCount, completedCount, timedCount, watchedMs, peakCount, peakAtMs },
      viewers: viewers.get(slice) ?? NOTHING,
      bins: details.get(slice)?.bins ?? NOTHING,
      qualities: details.get(slice)?.qualities ?? [],
    });
  }
  return cells;
}
