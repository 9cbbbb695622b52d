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

/** Sums of a metric by video. */
export class RankingSum {
  readonly #sums = new Map<number, number>();

  constructor(private readonly metric: AudienceMetric) {}

  addRanking(ranking: Uint8Array): void {
    const reader = new ByteReader(ranking);
    const { metric } = this;
    for (let videoId = 0; !reader.isAtEnd;) {
      videoId += reader.number();
      const viewsCount = reader.number();
      const completedCount = reader.number();
      const watchedMs = reader.number();
      const value = metric === 'VIEWS' ? viewsCount : metric === 'COMPLETED' ? completedCount : watchedMs;
      if (value > 0) this.#sums.set(videoId, (this.#sums.get(videoId) ?? 0) + value);
    }
  }

  /** The highest first, of equal ones the lowest id. */
  top(count: number, hidden: ReadonlySet<number>): number[] {
    return [...this.#sums]
      .filter(([videoId]) => !hidden.has(videoId))
      .toSorted(([a, x], [b, y]) => y - x || a - b)
      .slice(0, count)
      .map(([videoId]) => videoId);
  }
}
