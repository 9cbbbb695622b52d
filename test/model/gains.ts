import type { TimeRange } from '../../src/domain/time.js';
import type { Figures } from './answers.js';
import { SLICE, sliceAt } from './calendar.js';
import { above, figuresOf, larger, plus, ZEROS } from './figures.js';
import type { ModelSession } from './model-state.js';

/** What one session added to one slice; or, with `sessions` 1, that it started there. */
export interface Gain {
  readonly videoKey: string;
  readonly slice: number;
  readonly sessions: number;
  readonly values: readonly number[];
}

/** The highest value of each counter in a slice, less the highest of the same session's earlier slices. */
export function gainsOf(session: ModelSession, firstSlice: number): Gain[] {
  const { videoKey, reported } = session;
  const highest = new Map<number, readonly number[]>();
  for (const [sampleMs, values] of reported) {
    const slice = sliceAt(sampleMs);
    highest.set(slice, larger(highest.get(slice) ?? [], values));
  }
  const gains: Gain[] = [{ videoKey, slice: sliceAt(session.startedAtMs), sessions: 1, values: ZEROS }];
  let before: readonly number[] = [];
  for (const slice of [...highest.keys()].toSorted((a, b) => a - b)) {
    const values = highest.get(slice) ?? [];
    gains.push({ videoKey, slice, sessions: 0, values: above(values, before) });
    before = larger(before, values);
  }
  return gains.filter(({ slice }) => slice >= firstSlice);
}

export const sum = (gains: readonly Gain[]): Figures =>
  figuresOf(
    gains.reduce((total, { sessions }) => total + sessions, 0),
    gains.reduce<readonly number[]>((total, { values }) => plus(total, values), ZEROS),
  );

/** A range is aligned outward to whole slices. */
export const covered = ({ fromMs, toMs }: TimeRange): { first: number; end: number } => ({
  first: Math.floor(fromMs / SLICE),
  end: Math.ceil(toMs / SLICE),
});

export const within =
  (first: number, end: number) =>
  ({ slice }: Gain): boolean =>
    slice >= first && slice < end;

export function grouped<Key>(gains: readonly Gain[], keyOf: (gain: Gain) => Key): Map<Key, Gain[]> {
  const groups = new Map<Key, Gain[]>();
  for (const gain of gains) groups.set(keyOf(gain), [...(groups.get(keyOf(gain)) ?? []), gain]);
  return groups;
}
