import type { CounterKey, Counters, Metric } from '../../src/domain/immersion/counters.js';
import type { Figures } from './answers.js';
import { KEYS } from './figures.js';

/** The integers of the model as the API names them. */
export const SOURCE_TYPES = ['', 'LOCAL', 'REMOTE'] as const;
export const STATUSES = ['', 'ACTIVE', 'ENDED', 'ABANDONED'] as const;
export const SUBTITLE_MODES = ['OFF', 'TARGET', 'DUAL', 'NATIVE'] as const;
export const EVENT_TYPES = [
  ...['', 'SUBTITLE_LINE', 'MEDIA_BUFFER', 'LOOKUP', 'CARD_MINED', 'SEEK_FORWARD', 'SEEK_BACKWARD'],
  ...['PAUSE_START', 'PAUSE_END', 'DICTIONARY_LOOKUP'],
] as const;

export const codeOf = (words: readonly string[], word: string): number => words.indexOf(word);
/** `activeWatchedMs` is ACTIVE_WATCHED_MS. */
export const metricWord = (metric: Metric): string =>
  metric.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Fragments of everything that has counters. */
export const COUNTERS = KEYS.join(' ');
export const FIGURES = `${COUNTERS} cardsPerHour wordsPerMin lookupHitRate lookupsPerHundredWords`;

export type CounterFields = Readonly<Record<CounterKey, number>>;
export interface FigureFields extends CounterFields, Omit<Figures, 'counters' | 'sessions'> {
  readonly sessions?: number;
}

export const countersOf = (fields: CounterFields): Counters =>
  Object.fromEntries(KEYS.map((key) => [key, fields[key]])) as unknown as Counters;

export function figuresOfFields(fields: FigureFields): Figures {
  const { sessions = 0, cardsPerHour, wordsPerMin, lookupHitRate, lookupsPerHundredWords } = fields;
  return {
    ...{ sessions, counters: countersOf(fields) },
    ...{ cardsPerHour, wordsPerMin, lookupHitRate, lookupsPerHundredWords },
  };
}

const DAY = 24 * 60 * 60 * 1000;
export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
export const dayOf = (date: string): number => Date.parse(date) / DAY;
export const instantOf = (ms: number): string => new Date(ms).toISOString();
export const msOf = (instant: string | null): number | null =>
  instant === null ? null : Date.parse(instant);
