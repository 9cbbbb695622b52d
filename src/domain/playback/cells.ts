import type { AudienceCell, QualitySum, SliceCell } from './audience-cell.js';
import { SLICE_MS } from '../time.js';
import { addBins, addBinsFrom, binsOfHalves, encodeBins, noBins } from './bins.js';
import { addViewersOf, FigureReader, type SliceSeries } from './slice-series.js';
import { SLICES_PER_DAY } from './periods.js';
import { ByteReader } from './varint.js';
import { ViewerSet } from './viewer-set.js';

/** Every video whose entry is not deleted, and every video. */
export const VISIBLE_VIDEOS = 0;
export const ALL_VIDEOS = -1;

/** What a roll-up needs of a playback. */
export interface PlaybackFact {
  readonly videoId: number;
  readonly viewerId: number | null;
  /** 0 is unknown. */
  readonly qualityId: number;
  readonly startedAtMs: number;
  readonly lastHeartbeatMs: number;
  readonly watchedMs: number;
  readonly watchedHalves: readonly [first: number, second: number];
  readonly isCompleted: boolean;
}

const NOTHING = new Uint8Array();

/** Adds cells, or playbacks, up. */
export class CellSum {
  #views = 0;
  #completed = 0;
  #timed = 0;
  #watchedMs = 0;
  #peakCount = 0;
  #peakAtMs = 0;
  readonly #viewers = new ViewerSet();
  /** Made when it is needed: many cells have a playback that only lasted into them. */
  #bins: number[] | null = null;
  readonly #qualities = new Map<number, [number, number]>();

  addView(fact: PlaybackFact): void {
    const bins = binsOfHalves(fact.watchedHalves);
    if (bins.length > 0) {
      const sums = (this.#bins ??= noBins());
      for (const bin of bins) sums[bin] = (sums[bin] ?? 0) + 1;
    }
    this.#views += 1;
    if (fact.isCompleted) this.#completed += 1;
    if (bins.length > 0) this.#timed += 1;
    this.#watchedMs += fact.watchedMs;
    if (fact.viewerId !== null) this.#viewers.add(fact.viewerId);
    this.#addQuality(fact.qualityId, 1, fact.watchedMs);
  }

  addCell(cell: SliceCell): void {
    this.addPeak(cell.peakCount, cell.peakAtMs);
    // Playbacks that only lasted into it add nothing else.
    if (cell.viewsCount === 0) return;
    this.#views += cell.viewsCount;
    this.#completed += cell.completedCount;
    this.#timed += cell.timedCount;
    this.#watchedMs += cell.watchedMs;
    this.#viewers.addEncoded(cell.viewers);
    if (cell.bins.length > 0) addBins((this.#bins ??= noBins()), cell.bins);
    for (const [id, views, watchedMs] of cell.qualities) this.#addQuality(id, views, watchedMs);
  }

  /** All slices of a day. */
  addSeries(day: number, { figures, details, viewers }: SliceSeries): void {
    const sums = new FigureReader(day, figures);
    while (sums.next()) {
      this.addPeak(sums.peakCount, sums.peakAtMs);
      this.#views += sums.viewsCount;
      this.#completed += sums.completedCount;
      this.#timed += sums.timedCount;
      this.#watchedMs += sums.watchedMs;
    }
    for (const reader = new ByteReader(details); !reader.isAtEnd;) {
      reader.number();
      const byteCount = reader.number();
      if (byteCount > 0) addBinsFrom((this.#bins ??= noBins()), reader, byteCount);
      for (let rest = reader.number(); rest > 0; rest -= 1) {
        this.#addQuality(reader.number(), reader.number(), reader.number());
      }
    }
    addViewersOf(this.#viewers, viewers, 0, SLICES_PER_DAY);
  }

  /** The highest one, and of equal ones the first. */
  addPeak(count: number, atMs: number): void {
    const isFirst = count === this.#peakCount && atMs < this.#peakAtMs;
    if (count <= this.#peakCount && !isFirst) return;
    this.#peakCount = count;
    this.#peakAtMs = atMs;
  }

  toCell(videoId: number): AudienceCell {
    return { ...this.toSliceCell(videoId), viewersCount: this.#viewers.count };
  }

  toSliceCell(videoId: number): SliceCell {
    return {
      videoId,
      viewsCount: this.#views,
      completedCount: this.#completed,
      timedCount: this.#timed,
      watchedMs: this.#watchedMs,
      peakCount: this.#peakCount,
      peakAtMs: this.#peakAtMs,
      viewers: this.#viewers.encode(),
      bins: this.#bins === null ? NOTHING : encodeBins(this.#bins),
      qualities: [...this.#qualities]
        .map(([id, [views, watchedMs]]): QualitySum => [id, views, watchedMs])
        .toSorted(([a], [b]) => a - b),
    };
  }

  #addQuality(id: number, views: number, watchedMs: number): void {
    const [known, ms] = this.#qualities.get(id) ?? [0, 0];
    this.#qualities.set(id, [known + views, ms + watchedMs]);
  }
}

/**
 * The cells of one slice, from every playback that was there in it: each counts where it started, and is present from its
 * start to its last heartbeat. `hidden` are the videos whose entries are deleted.
 */
export function cellsOfSlice(
  slice: number,
  facts: readonly PlaybackFact[],
  hidden: ReadonlySet<number>,
): SliceCell[] {
  if (facts.length === 0) return [];
  const byVideo = new Map<number, PlaybackFact[]>();
  for (const fact of facts) {
    const own = byVideo.get(fact.videoId);
    if (own === undefined) byVideo.set(fact.videoId, [fact]);
    else own.push(fact);
  }
  const cells = [...byVideo].map(([videoId, own]) => cellOfSlice(videoId, slice, own));
  const all = cellOfSlice(ALL_VIDEOS, slice, facts);
  const visible = facts.filter(({ videoId }) => !hidden.has(videoId));
  cells.push(all);
  // On most days nothing is hidden.
  if (visible.length === facts.length) cells.push({ ...all, videoId: VISIBLE_VIDEOS });
  else if (visible.length > 0) cells.push(cellOfSlice(VISIBLE_VIDEOS, slice, visible));
  return cells;
}

function cellOfSlice(videoId: number, slice: number, facts: readonly PlaybackFact[]): SliceCell {
  const fromMs = slice * SLICE_MS;
  const lastMs = fromMs + SLICE_MS - 1;
  const sum = new CellSum();
  for (const fact of facts) if (fact.startedAtMs >= fromMs) sum.addView(fact);
  sum.addPeak(
    ...peakOf(
      facts.map((fact) => [Math.max(fact.startedAtMs, fromMs), Math.min(fact.lastHeartbeatMs, lastMs)]),
    ),
  );
  return sum.toSliceCell(videoId);
}

/** The most intervals that share an instant, both of their ends belonging to them, and the first such instant. */
export function peakOf(
  intervals: readonly (readonly [fromMs: number, toMs: number])[],
): [count: number, atMs: number] {
  const [only] = intervals;
  if (only !== undefined && intervals.length === 1) return [1, only[0]];
  const starts = intervals.map(([fromMs]) => fromMs).toSorted((a, b) => a - b);
  const ends = intervals.map(([, toMs]) => toMs).toSorted((a, b) => a - b);
  let peak: [number, number] = [0, 0];
  let ended = 0;
  starts.forEach((atMs, index) => {
    while ((ends[ended] ?? atMs) < atMs) ended += 1;
    const count = index + 1 - ended;
    if (count > peak[0]) peak = [count, atMs];
  });
  return peak;
}
