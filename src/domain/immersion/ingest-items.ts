import type { Optional } from '../optional.js';
import type { CounterKey } from './counters.js';
import type { EventType } from './enums.js';
import type { VideoFields } from './types.js';

/** Why one item was not taken; the rest of its request was. */
export const REJECTION_CODES = [
  'INVALID_VALUE',
  'HITS_ABOVE_LOOKUPS',
  'ACTIVE_ABOVE_TOTAL',
  'IN_THE_FUTURE',
  'TOO_LONG',
  'SESSION_UNKNOWN',
  'ILLEGAL_TRANSITION',
  'PLAYBACK_ENDED',
  'POSITION_BEYOND_DURATION',
  'VIDEO_UNKNOWN',
  'REFUSED_BY_STORAGE',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

export interface Rejection {
  /** Place of the item in the request, counted over its lists in order. */
  readonly index: number;
  /** `telemetry[0].samples[3]` */
  readonly path: string;
  readonly code: RejectionCode;
  readonly message: string;
}

export interface IngestLimits {
  readonly nowMs: number;
  readonly maxFutureSkewMs: number;
  readonly payloadCapBytes: number;
}

type Nullable<T> = { readonly [K in keyof T]?: Optional<T[K]> };

export type VideoItem = Pick<VideoFields, 'videoKey' | 'title' | 'sourceType'> &
  Nullable<Omit<VideoFields, 'videoKey' | 'title' | 'sourceType' | 'fpsX100' | 'metadataJson'>> & {
    readonly fps?: Optional<number>;
    readonly metadata?: unknown;
  };

export interface StartItem {
  readonly sessionUuid: string;
  readonly startedAtMs?: Optional<number>;
  readonly video: VideoItem;
  readonly locale?: Optional<string>;
  readonly targetLanguage?: Optional<string>;
  readonly difficultyTier?: Optional<number>;
  readonly subtitleMode?: Optional<number>;
}

export type SampleItem = { readonly sampleMs: number } & Nullable<Readonly<Record<CounterKey, number>>>;

export interface EventItem {
  readonly tsMs: number;
  readonly type: EventType;
  readonly clientSeq?: Optional<number>;
  readonly lineIndex?: Optional<number>;
  readonly segmentStartMs?: Optional<number>;
  readonly segmentEndMs?: Optional<number>;
  readonly wordsDelta?: Optional<number>;
  readonly cardsDelta?: Optional<number>;
  readonly payload?: unknown;
}

export interface EndItem {
  readonly sessionUuid: string;
  readonly endedAtMs?: Optional<number>;
}
