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

/** Of the numbers of a video in a ranking: views, completed, watched ms. */
const NUMBERS_BEFORE: Readonly<Record<AudienceMetric, number>> = { VIEWS: 0, COMPLETED: 1, WATCHED: 2 };
const LAST_METRIC = 2;

/** Sums of a metric by video. */
export class RankingSum {
  readonly #pages = new Map<number, Float64Array>();

  constructor(private readonly metric: AudienceMetric) {}

  /** `sign` is 1, or -1 to take a ranking away that is part of another. */
  addRanking(ranking: Uint8Array, sign: number): void {
    // How many numbers of a video come before the one that is asked for, and after it.
    const before = NUMBERS_BEFORE[this.metric];
    const after = LAST_METRIC - before;
    const endAt = ranking.length;
    let page = 0;
    let sums = this.#pageOf(page);
    let videoId = 0;
    // Numbers are read in place, as ByteReader reads them: of a year there are a hundred thousand, and it takes a quarter less
    // time. Only the last byte of one is below 128.
    for (let at = 0; at < endAt;) {
      let byte = ranking[at++] ?? 0;
      let delta = byte & 127;
      for (let factor = 128; byte >= 128; factor *= 128) {
        byte = ranking[at++] ?? 0;
        delta += (byte & 127) * factor;
      }
      videoId += delta;
      for (let left = before; left > 0; at += 1) if ((ranking[at] ?? 0) < 128) left -= 1;
      byte = ranking[at++] ?? 0;
      let value = byte & 127;
      for (let factor = 128; byte >= 128; factor *= 128) {
        byte = ranking[at++] ?? 0;
        value += (byte & 127) * factor;
      }
      for (let left = after; left > 0; at += 1) if ((ranking[at] ?? 0) < 128) left -= 1;
      const own = Math.floor(videoId / PAGE_SIZE);
      if (own !== page) sums = this.#pageOf((page = own));
      const place = videoId - own * PAGE_SIZE;
      sums[place] = (sums[place] ?? 0) + sign * value;
    }
  }

  /** The highest first, of equal ones the lowest id; without those that have none. */
  top(count: number): [videoId: number, sum: number][] {
    const found: [videoId: number, sum: number][] = [];
    const cut = (): void => {
      found.sort(([a, x], [b, y]) => y - x || a - b);
      found.length = Math.min(found.length, count);
    };
    // In the order of ids: what comes later and is not more than the last of the highest is not one of them.
    let least = 0;
    for (const [page, sums] of [...this.#pages].toSorted(([a], [b]) => a - b)) {
      for (let at = 0; at < PAGE_SIZE; at += 1) {
        const sum = sums[at] ?? 0;
        if (sum <= least) continue;
        found.push([page * PAGE_SIZE + at, sum]);
        if (found.length < 2 * count) continue;
        cut();
        least = found.at(-1)?.[1] ?? least;
      }
    }
    cut();
    return found;
  }

  #pageOf(page: number): Float64Array {
    const known = this.#pages.get(page);
    if (known !== undefined) return known;
    const made = new Float64Array(PAGE_SIZE);
    this.#pages.set(page, made);
    return made;
  }
}
