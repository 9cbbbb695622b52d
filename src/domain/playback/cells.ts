import { SLICE_MS } from '../time.js';
import { addBins, binsOfHalves, encodeBins, noBins } from './bins.js';
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

/** What the audience of a video, or of many, did in a period. Cells can be added up, in any order. */
export interface AudienceCell {
  readonly videoId: number;
  readonly viewsCount: number;
  readonly completedCount: number;
  /** Views that saw at least one hundredth. */
  readonly timedCount: number;
  readonly watchedMs: number;
  readonly viewersCount: number;
  /** The most playbacks at one instant, and the first such instant; 0 and 0 without any. */
  readonly peakCount: number;
  readonly peakAtMs: number;
  readonly viewers: Uint8Array;
  readonly bins: Uint8Array;
  readonly qualities: readonly QualitySum[];
}

export type QualitySum = readonly [qualityId: number, viewsCount: number, watchedMs: number];

/** Adds cells, or playbacks, up. */
export class CellSum {
  #views = 0;
  #completed = 0;
  #timed = 0;
  #watchedMs = 0;
  #peakCount = 0;
  #peakAtMs = 0;
  readonly #viewers = new ViewerSet();
  readonly #bins = noBins();
  readonly #qualities = new Map<number, [number, number]>();

  addView(fact: PlaybackFact): void {
    const bins = binsOfHalves(fact.watchedHalves);
    for (const bin of bins) this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#views += 1;
    if (fact.isCompleted) this.#completed += 1;
    if (bins.length > 0) this.#timed += 1;
    this.#watchedMs += fact.watchedMs;
    if (fact.viewerId !== null) this.#viewers.add(fact.viewerId);
    this.#addQuality(fact.qualityId, 1, fact.watchedMs);
  }

  addCell(cell: AudienceCell): void {
    this.#views += cell.viewsCount;
    this.#completed += cell.completedCount;
    this.#timed += cell.timedCount;
    this.#watchedMs += cell.watchedMs;
    this.#viewers.addEncoded(cell.viewers);
    addBins(this.#bins, cell.bins);
    for (const [id, views, watchedMs] of cell.qualities) this.#addQuality(id, views, watchedMs);
    this.addPeak(cell.peakCount, cell.peakAtMs);
  }

  /** The highest one, and of equal ones the first. */
  addPeak(count: number, atMs: number): void {
    const isFirst = count === this.#peakCount && atMs < this.#peakAtMs;
    if (count <= this.#peakCount && !isFirst) return;
    this.#peakCount = count;
    this.#peakAtMs = atMs;
  }

  toCell(videoId: number): AudienceCell {
    return {
      videoId,
      viewsCount: this.#views,
      completedCount: this.#completed,
      timedCount: this.#timed,
      watchedMs: this.#watchedMs,
      viewersCount: this.#viewers.count,
      peakCount: this.#peakCount,
      peakAtMs: this.#peakAtMs,
      viewers: this.#viewers.encode(),
      bins: encodeBins(this.#bins),
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
): AudienceCell[] {
  const fromMs = slice * SLICE_MS;
  const toMs = fromMs + SLICE_MS;
  const sums = new Map<number, { sum: CellSum; present: [fromMs: number, toMs: number][] }>();
  for (const fact of facts) {
    const { videoId } = fact;
    for (const id of hidden.has(videoId) ? [videoId, ALL_VIDEOS] : [videoId, ALL_VIDEOS, VISIBLE_VIDEOS]) {
      const own = sums.get(id) ?? { sum: new CellSum(), present: [] };
      sums.set(id, own);
      if (fact.startedAtMs >= fromMs) own.sum.addView(fact);
      own.present.push([Math.max(fact.startedAtMs, fromMs), Math.min(fact.lastHeartbeatMs, toMs - 1)]);
    }
  }
  return [...sums].map(([videoId, { sum, present }]) => {
    sum.addPeak(...peakOf(present));
    return sum.toCell(videoId);
  });
}

/** The most intervals that share an instant, both of their ends belonging to them, and the first such instant. */
export function peakOf(
  intervals: readonly (readonly [fromMs: number, toMs: number])[],
): [count: number, atMs: number] {
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
