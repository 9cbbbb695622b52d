import type { CounterValues } from './counters.js';
import type { SessionEventFields, VideoFields } from './types.js';

/** Replaces what is known of a video by everything that is not null here: the client says so expressly. */
export interface UpsertVideoCommand {
  readonly kind: 'upsertVideo';
  readonly video: VideoFields;
  readonly receivedAtMs: number;
}

/** What the probe read from the file: fills only what is still unknown. */
export interface DescribeVideoCommand {
  readonly kind: 'describeVideo';
  readonly video: VideoFields;
  readonly receivedAtMs: number;
}

/** Creates the session once; fills what is still unknown of its video. */
export interface StartSessionCommand {
  readonly kind: 'startSession';
  readonly sessionUuid: string;
  readonly startedAtMs: number;
  readonly video: VideoFields;
  readonly locale: string | null;
  readonly targetLanguage: string | null;
  readonly difficultyTier: number | null;
  readonly subtitleMode: number | null;
  readonly receivedAtMs: number;
}

export interface RecordSampleCommand {
  readonly kind: 'recordSample';
  readonly sessionUuid: string;
  readonly sampleMs: number;
  readonly counters: CounterValues;
}

export interface RecordEventCommand {
  readonly kind: 'recordEvent';
  readonly sessionUuid: string;
  readonly event: SessionEventFields;
}

export interface EndSessionCommand {
  readonly kind: 'endSession';
  readonly sessionUuid: string;
  readonly endedAtMs: number;
  readonly receivedAtMs: number;
}

/** Adds to a session's count of lost samples and events, so that `isComplete` stays honest. */
export interface RecordLossCommand {
  readonly kind: 'recordLoss';
  readonly sessionUuid: string;
  readonly count: number;
}

export type ImmersionCommand =
  | UpsertVideoCommand
  | DescribeVideoCommand
  | StartSessionCommand
  | RecordSampleCommand
  | RecordEventCommand
  | EndSessionCommand
  | RecordLossCommand;
