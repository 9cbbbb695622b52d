import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cardsPerHour,
  COUNTER_KEYS,
  lookupHitRate,
  lookupsPerHundredWords,
  mergeMax,
  METRICS,
  ratio,
  toCounters,
  wordsPerMin,
  ZERO_COUNTERS,
} from '../../src/domain/immersion/counters.js';

const ZERO = toCounters(ZERO_COUNTERS);
const values = fc.array(fc.nat(1_000), { minLength: 13, maxLength: 13 });

describe('counters', () => {
  it('are thirteen, and keep their places between values and names', () => {
    const named = toCounters(COUNTER_KEYS.map((_, place) => place + 1));
    expect(COUNTER_KEYS).toHaveLength(13);
    expect(COUNTER_KEYS.map((key) => named[key])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(METRICS).toHaveLength(14);
  });

  it('are 0 where nothing was given', () => {
    expect(Object.values(toCounters([]))).toEqual(Array.from({ length: 13 }, () => 0));
  });
});

describe('ratios', () => {
  it('are null, not 0 and not NaN, where there is nothing to divide by', () => {
    for (const of of [cardsPerHour, wordsPerMin, lookupHitRate, lookupsPerHundredWords])
      expect(of(ZERO)).toBeNull();
    expect(lookupHitRate({ ...ZERO, lookupHits: 3 })).toBeNull();
    expect(ratio(5, 0)).toBeNull();
    expect(ratio(5, -1)).toBeNull();
  });

  it('are 0 where nothing was gained in time that did pass', () => {
    expect(cardsPerHour({ ...ZERO, activeWatchedMs: 1 })).toBe(0);
    expect(lookupHitRate({ ...ZERO, lookupCount: 4 })).toBe(0);
  });

  it('follow their formulas', () => {
    const c = {
      ...ZERO,
      activeWatchedMs: 1_800_000,
      cardsMined: 6,
      wordsSeen: 2_400,
      lookupCount: 12,
      lookupHits: 9,
    };
    expect(cardsPerHour(c)).toBe(12);
    expect(wordsPerMin(c)).toBe(80);
    expect(lookupHitRate(c)).toBe(0.75);
    expect(lookupsPerHundredWords(c)).toBe(0.5);
  });
});

describe('merging', () => {
  it('keeps the highest of each counter and tells whether anything grew', () => {
    const target = [5, 1, 0];
    expect(mergeMax(target, [3, 4])).toBe(true);
    expect(target.slice(0, 3)).toEqual([5, 4, 0]);
    expect(mergeMax(target, [5, 4])).toBe(false);
  });

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (samples) => {
        const merged = (list: readonly number[][]): number[] => {
          const target = [...ZERO_COUNTERS];
          for (const sample of list) mergeMax(target, sample);
          return target;
        };
        const once = merged(samples);
        expect(merged([...samples].reverse())).toEqual(once);
        expect(merged([...samples, ...samples])).toEqual(once);
        expect(once).toEqual(COUNTER_KEYS.map((_, i) => Math.max(...samples.map((sample) => sample[i]!))));
      }),
    );
  });
});
