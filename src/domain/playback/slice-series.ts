import { SLICE_MS } from '../time.js';
import type { QualitySum, SliceCell } from './audience-cell.js';
import { SLICES_PER_DAY } from './periods.js';
import { ByteReader, ByteWriter } from './varint.js';
import type { ViewerSet } from './viewer-set.js';

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
  while (!reader.isAtEnd) yield readDetails(reader);
}

/** Adds the viewers of the slices from one to before another. */
export function addViewersOf(set: ViewerSet, viewers: Uint8Array, from: number, to: number): void {
  for (const reader = new ByteReader(viewers); !reader.isAtEnd;) {
    const slice = reader.number();
    const byteCount = reader.number();
    if (slice >= to) return;
    if (slice >= from) set.addFrom(reader, byteCount);
    else reader.skip(byteCount);
  }
}

/** Encoded sets of viewers, by slice. */
export function* viewersOf(viewers: Uint8Array): Generator<readonly [slice: number, viewers: Uint8Array]> {
  const reader = new ByteReader(viewers);
  while (!reader.isAtEnd) yield [reader.number(), reader.sized()];
}

function readDetails(reader: ByteReader): SliceDetails {
  const slice = reader.number();
  const bins = reader.sized();
  const qualities: QualitySum[] = [];
  for (let rest = reader.number(); rest > 0; rest -= 1) {
    qualities.push([reader.number(), reader.number(), reader.number()]);
  }
  return { slice, bins, qualities };
}

const NOTHING = new Uint8Array();
const NO_DETAILS: SliceDetails = { slice: -1, bins: NOTHING, qualities: [] };

/** The three strings are read side by side: all of them are in the order of slices. */
export function decodeSeries(videoId: number, day: number, series: SliceSeries): Map<number, SliceCell> {
  const cells = new Map<number, SliceCell>();
  const figures = new FigureReader(day, series.figures);
  const details = new ByteReader(series.details);
  const viewers = new ByteReader(series.viewers);
  const nextViewers = (): number => (viewers.isAtEnd ? -1 : viewers.number());
  let sliceOfViewers = nextViewers();
  while (figures.next()) {
    const { slice, viewsCount, completedCount, timedCount, watchedMs, peakCount, peakAtMs } = figures;
    const { bins, qualities } = viewsCount > 0 ? readDetails(details) : NO_DETAILS;
    const isNamed = sliceOfViewers === slice;
    cells.set(slice, {
      ...{ videoId, viewsCount, completedCount, timedCount, watchedMs, peakCount, peakAtMs },
      viewers: isNamed ? viewers.sized() : NOTHING,
      bins,
      qualities,
    });
    if (isNamed) sliceOfViewers = nextViewers();
  }
  return cells;
}
