import {
  cardsPerHour,
  lookupHitRate,
  lookupsPerHundredWords,
  METRICS,
  wordsPerMin,
  type CounterKey,
  type Counters,
} from '../../domain/immersion/counters.js';
import { builder } from '../builder.js';

const DESCRIPTIONS: Readonly<Record<CounterKey, string>> = {
  totalWatchedMs: 'Time with the video open, ms.',
  activeWatchedMs: 'Time the video was really playing, ms.',
  linesSeen: 'Subtitle lines seen.',
  wordsSeen: 'Words in those lines.',
  tokensSeen: 'Tokens in those lines, as the client counts them.',
  cardsMined: 'Cards made.',
  lookupCount: 'Look-ups.',
  lookupHits: 'Look-ups that found something.',
  pauseCount: 'Pauses.',
  pauseMs: 'Time paused, ms.',
  seekForwardCount: 'Seeks forward.',
  seekBackwardCount: 'Seeks backward.',
  mediaBufferEvents: 'Times playback waited for data.',
};

/** The thirteen counters and the ratios of them: every total, point and bucket has these. */
export const CounterSet = builder.interfaceRef<{ readonly counters: Counters }>('CounterSet').implement({
  description: 'The thirteen counters, and ratios that are null where there is nothing to divide by.',
  fields: (t) => {
    const counter = (key: CounterKey) =>
      t.field({ type: 'SafeInt', description: DESCRIPTIONS[key], resolve: ({ counters }) => counters[key] });
    return {
      totalWatchedMs: counter('totalWatchedMs'),
      activeWatchedMs: counter('activeWatchedMs'),
      linesSeen: counter('linesSeen'),
      wordsSeen: counter('wordsSeen'),
      tokensSeen: counter('tokensSeen'),
      cardsMined: counter('cardsMined'),
      lookupCount: counter('lookupCount'),
      lookupHits: counter('lookupHits'),
      pauseCount: counter('pauseCount'),
      pauseMs: counter('pauseMs'),
      seekForwardCount: counter('seekForwardCount'),
      seekBackwardCount: counter('seekBackwardCount'),
      mediaBufferEvents: counter('mediaBufferEvents'),
      cardsPerHour: t.float({
        nullable: true,
        description: 'Cards per hour of active watching.',
        resolve: ({ counters }) => cardsPerHour(counters),
      }),
      wordsPerMin: t.float({
        nullable: true,
        description: 'Words per minute of active watching.',
        resolve: ({ counters }) => wordsPerMin(counters),
      }),
      lookupHitRate: t.float({
        nullable: true,
        description: 'Share of look-ups that found something, 0 to 1.',
        resolve: ({ counters }) => lookupHitRate(counters),
      }),
      lookupsPerHundredWords: t.float({
        nullable: true,
        resolve: ({ counters }) => lookupsPerHundredWords(counters),
      }),
    };
  },
});

/** `activeWatchedMs` is ACTIVE_WATCHED_MS. */
export const MetricEnum = builder.enumType('Metric', {
  description: 'What a ranking or a moving average is made of.',
  values: Object.fromEntries(
    METRICS.map((metric) => [metric.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase(), { value: metric }]),
  ),
});
