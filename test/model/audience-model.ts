import type { ModelPlayback } from './playback-model.js';

export interface ModelRange {
  readonly from: number;
  readonly to: number;
}

export interface ModelAudience {
  views: number;
  completed: number;
  timed: number;
  watchedMs: number;
  viewers: number;
  peak: number;
  peakAt: number | null;
}

/** The audience by its definition: every playback looked at for every question. Instants in ms, ranges half-open. */
export class AudienceModel {
  constructor(
    private readonly playbacks: readonly ModelPlayback[],
    private readonly isCompleted: (playback: ModelPlayback) => boolean,
  ) {}

  of(range: ModelRange, counts: (playback: ModelPlayback) => boolean): ModelAudience {
    const counted = this.playbacks.filter(counts);
    const started = this.#started(range, counts);
    let peak = 0;
    let peakAt: number | null = null;
    const instants = [range.from, ...counted.map((p) => p.startedAt)].toSorted((a, b) => a - b);
    for (const at of instants) {
      if (at < range.from || at >= range.to) continue;
      const there = counted.filter((p) => p.startedAt <= at && p.last >= at).length;
      if (there > peak) [peak, peakAt] = [there, at];
    }
    return {
      views: started.length,
      completed: started.filter((p) => this.isCompleted(p)).length,
      timed: started.filter((p) => p.bins.size > 0).length,
      watchedMs: started.reduce((sum, p) => sum + p.watched, 0),
      viewers: new Set(started.flatMap((p) => (p.viewer === null ? [] : [p.viewer]))).size,
      peak,
      peakAt,
    };
  }

  qualities(range: ModelRange, counts: (playback: ModelPlayback) => boolean) {
    const sums = new Map<string | null, { views: number; watchedMs: number }>();
    for (const { quality, watched } of this.#started(range, counts)) {
      const sum = sums.get(quality) ?? { views: 0, watchedMs: 0 };
      sums.set(quality, { views: sum.views + 1, watchedMs: sum.watchedMs + watched });
    }
    return sums;
  }

  retention(range: ModelRange, counts: (playback: ModelPlayback) => boolean): number[] {
    const started = this.#started(range, counts);
    return Array.from({ length: 100 }, (_, bin) => started.filter((p) => p.bins.has(bin)).length);
  }

  #started(range: ModelRange, counts: (playback: ModelPlayback) => boolean): ModelPlayback[] {
    return this.playbacks.filter((p) => counts(p) && p.startedAt >= range.from && p.startedAt < range.to);
  }
}
