import type { SliceRange } from '../time.js';
import type { Counters } from './counters.js';
import type { EventType, SourceType } from './enums.js';

/** What is known of a video; null is unknown, and never overwrites something known. */
export interface VideoFields {
  readonly videoKey: string;
  readonly title: string;
  readonly sourceType: SourceType;
  readonly sourcePath: string | null;
  readonly sourceUrl: string | null;
  readonly durationMs: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly codec: string | null;
  readonly container: string | null;
  readonly audioCodec: string | null;
  /** Frames per second times 100. */
  readonly fpsX100: number | null;
  readonly bitrateKbps: number | null;
  readonly fileSizeBytes: number | null;
  readonly hashSha256: string | null;
  readonly screenshotPath: string | null;
  readonly metadataJson: string | null;
}

export interface Video extends VideoFields {
  readonly videoId: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Session {
  readonly sessionId: number;
  readonly sessionUuid: string;
  readonly videoId: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** An integer of SessionStatus, or one this version does not know. */
  readonly status: number;
  readonly locale: string | null;
  readonly targetLanguage: string | null;
  readonly difficultyTier: number | null;
  readonly subtitleMode: number | null;
}

/** The running maximum of everything a session reported. */
export interface SessionTotals {
  readonly counters: Counters;
  readonly lastSampleMs: number | null;
  readonly samplesCount: number;
  /** Samples and events lost to overflow or discarded dead letters. */
  readonly droppedCount: number;
  /** Commands of this session that wait in the dead letters. */
  readonly deadLetterCount: number;
}

export interface SessionEventFields {
  readonly tsMs: number;
  readonly type: EventType;
  readonly clientSeq: number;
  readonly lineIndex: number | null;
  readonly segmentStartMs: number | null;
  readonly segmentEndMs: number | null;
  readonly wordsDelta: number;
  readonly cardsDelta: number;
  readonly payloadJson: string | null;
}

export interface SessionEvent extends Omit<SessionEventFields, 'type'> {
  readonly eventId: number;
  /** An integer of EventType, or one this version does not know. */
  readonly type: number;
}

export interface TimelinePoint {
  readonly sampleMs: number;
  readonly counters: Counters;
}

/** What was gained in a range: sessions that started in it, and counters that grew in it. */
export interface RangeTotals {
  readonly sessionsCount: number;
  readonly counters: Counters;
}

export interface VideoRanking extends RangeTotals {
  readonly videoId: number;
}

/** A stored daily (key = epoch day) or monthly (key = yyyymm) roll-up. */
export interface PeriodRollup {
  readonly key: number;
  /** Null is all videos. */
  readonly videoId: number | null;
  readonly sessionsCount: number;
  readonly activeMin: number;
  readonly linesSeen: number;
  readonly wordsSeen: number;
  readonly tokensSeen: number;
  readonly cardsMined: number;
  readonly cardsPerHour: number | null;
  readonly wordsPerMin: number | null;
  readonly lookupHitRate: number | null;
  /** Taken over from another tracker because no telemetry of the period survived there. */
  readonly isImported: boolean;
}

export interface VideoFilter {
  readonly text: string | null;
  readonly sourceType: SourceType | null;
}

export const VIDEO_ORDERS = ['TITLE', 'CREATED', 'UPDATED'] as const;
export type VideoOrder = (typeof VIDEO_ORDERS)[number];

export interface SessionFilter {
  readonly videoId: number | null;
  readonly status: number | null;
  readonly startedFromMs: number | null;
  readonly startedToMs: number | null;
  readonly targetLanguage: string | null;
}

/** One slice run of a chart; `index` comes back with its sums. */
export interface IndexedSlices {
  readonly index: number;
  readonly slices: SliceRange;
}
