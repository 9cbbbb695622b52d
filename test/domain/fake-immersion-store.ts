import { toCounters, type CounterKey } from '../../src/domain/immersion/counters.js';
import type { ImmersionStore } from '../../src/domain/immersion/store.js';
import type { RangeTotals } from '../../src/domain/immersion/types.js';
import { SLICE_MS, type SliceRange } from '../../src/domain/time.js';

/** What one slice gained. */
export interface Gain extends Partial<Record<CounterKey, number>> {
  readonly at: string;
  readonly sessions?: number;
}

/** Sums gains held in memory; everything that statistics must not need is an error. */
export function fakeImmersionStore(gains: readonly Gain[]): ImmersionStore {
  const bySlice = gains.map((gain) => ({ slice: Math.floor(Date.parse(gain.at) / SLICE_MS), gain }));
  const sum = (run: SliceRange): RangeTotals => {
    const inside = bySlice.filter(({ slice }) => slice >= run.from && slice < run.to).map(({ gain }) => gain);
    const total = (key: CounterKey): number => inside.reduce((all, gain) => all + (gain[key] ?? 0), 0);
    return {
      sessionsCount: inside.reduce((all, gain) => all + (gain.sessions ?? 0), 0),
      counters: {
        ...toCounters([]),
        activeWatchedMs: total('activeWatchedMs'),
        linesSeen: total('linesSeen'),
        cardsMined: total('cardsMined'),
      },
    };
  };
  const unused = (): never => {
    throw new Error('statistics must not ask for this');
  };
  return {
    summarizeSlices: (runs) => Promise.resolve(runs.map(sum)),
    listActiveRuns: (runs) =>
      Promise.resolve(
        runs.filter(({ slices }) => sum(slices).counters.activeWatchedMs > 0).map(({ index }) => index),
      ),
    getFirstSlice: () =>
      Promise.resolve(bySlice.length === 0 ? null : Math.min(...bySlice.map(({ slice }) => slice))),
    getVideo: unused,
    listVideosByIds: unused,
    listVideosByKeys: unused,
    listVideos: unused,
    countVideos: unused,
    getSession: unused,
    listSessionsByUuids: unused,
    listSessions: unused,
    countSessions: unused,
    listSessionTotals: unused,
    listTimeline: unused,
    listEvents: unused,
    summarizeLifetime: unused,
    listVideoTotals: unused,
    listTopVideos: unused,
    listDailyRollups: unused,
    listMonthlyRollups: unused,
  };
}
