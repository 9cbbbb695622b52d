import type { CounterKey, Counters } from '../../src/domain/immersion/counters.js';
import type { Figures } from './answers.js';

/** The model's own list: a sample carries its counters in this order. */
export const KEYS = [
  'totalWatchedMs',
  'activeWatchedMs',
  'linesSeen',
  'wordsSeen',
  'tokensSeen',
  'cardsMined',
  'lookupCount',
  'lookupHits',
  'pauseCount',
  'pauseMs',
  'seekForwardCount',
  'seekBackwardCount',
  'mediaBufferEvents',
] as const satisfies readonly CounterKey[];

export const ZEROS: readonly number[] = KEYS.map(() => 0);

export const larger = (a: readonly number[], b: readonly number[]): number[] =>
  KEYS.map((_, i) => Math.max(a[i] ?? 0, b[i] ?? 0));

export const plus = (a: readonly number[], b: readonly number[]): number[] =>
  KEYS.map((_, i) => (a[i] ?? 0) + (b[i] ?? 0));

/** What `now` is above `before`; a counter that fell gained nothing. */
export const above = (now: readonly number[], before: readonly number[]): number[] =>
  KEYS.map((_, i) => Math.max(0, (now[i] ?? 0) - (before[i] ?? 0)));

export const named = (values: readonly number[]): Counters =>
  Object.fromEntries(KEYS.map((key, i) => [key, values[i] ?? 0])) as Record<CounterKey, number>;

const quotient = (a: number, b: number): number | null => (b === 0 ? null : a / b);

export function figuresOf(sessions: number, values: readonly number[]): Figures {
  const counters = named(values);
  const minutes = counters.activeWatchedMs / 60_000;
  return {
    sessions,
    counters,
    cardsPerHour: quotient(counters.cardsMined, minutes / 60),
    wordsPerMin: quotient(counters.wordsSeen, minutes),
    lookupHitRate: quotient(counters.lookupHits, counters.lookupCount),
    lookupsPerHundredWords: quotient(counters.lookupCount, counters.wordsSeen / 100),
  };
}
