/**
 * The thirteen cumulative counters of a telemetry sample, in the order in which they are stored and sent.
 * A sample carries running totals since the session began; durations are milliseconds.
 */
export const COUNTER_KEYS = [
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
] as const;
export type CounterKey = (typeof COUNTER_KEYS)[number];
export const COUNTER_COUNT = COUNTER_KEYS.length;

/** Named counters, as clients see them. */
export type Counters = Readonly<Record<CounterKey, number>>;

/** The same counters by position (COUNTER_KEYS): what crosses threads and fills statements. */
export type CounterValues = readonly number[];

export const ZERO_COUNTERS: CounterValues = COUNTER_KEYS.map(() => 0);

export function toCounters(values: CounterValues): Counters {
  const [
    totalWatchedMs = 0,
    activeWatchedMs = 0,
    linesSeen = 0,
    wordsSeen = 0,
    tokensSeen = 0,
    cardsMined = 0,
    lookupCount = 0,
    lookupHits = 0,
    pauseCount = 0,
    pauseMs = 0,
    seekForwardCount = 0,
    seekBackwardCount = 0,
    mediaBufferEvents = 0,
  ] = values;
  return {
    totalWatchedMs,
    activeWatchedMs,
    linesSeen,
    wordsSeen,
    tokensSeen,
    cardsMined,
    lookupCount,
    lookupHits,
    pauseCount,
    pauseMs,
    seekForwardCount,
    seekBackwardCount,
    mediaBufferEvents,
  };
}

/** Merges by maximum: order, duplicates and retries do not matter. Returns whether `target` grew. */
export function mergeMax(target: number[], values: CounterValues): boolean {
  let grew = false;
  for (let i = 0; i < COUNTER_COUNT; i += 1) {
    const value = values[i] ?? 0;
    if (value > (target[i] ?? 0)) {
      target[i] = value;
      grew = true;
    }
  }
  return grew;
}

/** A quotient, or null when there is nothing to divide by: never 0, never NaN. */
export const ratio = (numerator: number, denominator: number): number | null =>
  denominator > 0 ? numerator / denominator : null;

/** Cards per hour of active watching. */
export const cardsPerHour = (c: Counters): number | null =>
  ratio(c.cardsMined * 3_600_000, c.activeWatchedMs);
/** Words per minute of active watching. */
export const wordsPerMin = (c: Counters): number | null => ratio(c.wordsSeen * 60_000, c.activeWatchedMs);
/** Share of look-ups that found something, 0 to 1. */
export const lookupHitRate = (c: Counters): number | null => ratio(c.lookupHits, c.lookupCount);
export const lookupsPerHundredWords = (c: Counters): number | null => ratio(c.lookupCount * 100, c.wordsSeen);

/** What a ranking or a moving average can be made of. */
export const METRICS = ['sessions', ...COUNTER_KEYS] as const;
export type Metric = (typeof METRICS)[number];
