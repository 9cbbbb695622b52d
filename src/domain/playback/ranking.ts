import type { AudienceMetric } from './audience.js';
import { ByteReader, ByteWriter } from './varint.js';

/** What videos are ranked by. */
export interface RankedVideo {
  readonly videoId: number;
  readonly viewsCount: number;
  readonly completedCount: number;
  readonly watchedMs: number;
}

/** All videos that were watched in a period in one string of bytes, so that a ranking reads periods and not videos. */
export function encodeRanking(videos: Iterable<RankedVideo>): Uint8Array {
  const bytes = new ByteWriter();
  let last = 0;
  for (const video of [...videos].toSorted((a, b) => a.videoId - b.videoId)) {
    if (video.videoId <= 0 || video.viewsCount === 0) continue;
    bytes.number(video.videoId - last);
    bytes.number(video.viewsCount);
    bytes.number(video.completedCount);
    bytes.number(video.watchedMs);
    last = video.videoId;
  }
  return bytes.toBytes();
}

export function decodeRanking(ranking: Uint8Array): RankedVideo[] {
  const reader = new ByteReader(ranking);
  const videos: RankedVideo[] = [];
  for (let videoId = 0; !reader.isAtEnd;) {
    videoId += reader.number();
    const [viewsCount, completedCount, watchedMs] = [reader.number(), reader.number(), reader.number()];
    videos.push({ videoId, viewsCount, completedCount, watchedMs });
  }
  return videos;
}

/** The sums of several rankings, as one. */
export function addRankings(rankings: Iterable<Uint8Array>): Uint8Array {
  const sums = new Map<number, RankedVideo>();
  for (const ranking of rankings) {
    for (const video of decodeRanking(ranking)) {
      const known = sums.get(video.videoId);
      sums.set(video.videoId, known === undefined ? video : sumOf(known, video));
    }
  }
  return encodeRanking(sums.values());
}

const sumOf = (a: RankedVideo, b: RankedVideo): RankedVideo => ({
  videoId: a.videoId,
  viewsCount: a.viewsCount + b.viewsCount,
  completedCount: a.completedCount + b.completedCount,
  watchedMs: a.watchedMs + b.watchedMs,
});

/** Videos whose sums lie together: ids come in order, and often without gaps. */
const PAGE_SIZE = 256;

/** Sums of a metric by video. */
export class RankingSum {
  readonly #pages = new Map<number, Float64Array>();

  constructor(private readonly metric: AudienceMetric) {}

  addRanking(ranking: Uint8Array): void {
    const reader = new ByteReader(ranking);
    const { metric } = this;
    let page = -1;
    let sums = this.#pageOf(0);
    for (let videoId = 0; !reader.isAtEnd;) {
      videoId += reader.number();
      const viewsCount = reader.number();
      const completedCount = reader.number();
      const watchedMs = reader.number();
      const value = metric === 'VIEWS' ? viewsCount : metric === 'COMPLETED' ? completedCount : watchedMs;
      const own = Math.floor(videoId / PAGE_SIZE);
      if (own !== page) sums = this.#pageOf((page = own));
      const at = videoId - own * PAGE_SIZE;
      sums[at] = (sums[at] ?? 0) + value;
    }
  }

  /** The highest first, of equal ones the lowest id; without those that have none. */
  top(count: number): [videoId: number, sum: number][] {
    const found: [videoId: number, sum: number][] = [];
    for (const [page, sums] of this.#pages)
      sums.forEach((sum, at) => {
        if (sum > 0) found.push([page * PAGE_SIZE + at, sum]);
      });
    return found.toSorted(([a, x], [b, y]) => y - x || a - b).slice(0, count);
  }

  #pageOf(page: number): Float64Array {
    const known = this.#pages.get(page);
    if (known !== undefined) return known;
    const made = new Float64Array(PAGE_SIZE);
    this.#pages.set(page, made);
    return made;
  }
}
