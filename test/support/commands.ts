import { COUNTER_KEYS, type CounterKey } from '../../src/domain/immersion/counters.js';
import type {
  EndSessionCommand,
  RecordEventCommand,
  RecordSampleCommand,
  StartSessionCommand,
} from '../../src/domain/immersion/commands.js';
import { EventType, SourceType } from '../../src/domain/immersion/enums.js';
import type { SessionEventFields, VideoFields } from '../../src/domain/immersion/types.js';

/** `00000000-0000-4000-8000-000000000007` */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const T0 = Date.parse('2026-11-21T10:00:00.000Z');

export const videoFields = (key: string, fields: Partial<VideoFields> = {}): VideoFields => ({
  videoKey: key,
  title: `Title of ${key}`,
  sourceType: SourceType.LOCAL,
  sourcePath: null,
  sourceUrl: null,
  durationMs: null,
  widthPx: null,
  heightPx: null,
  codec: null,
  container: null,
  audioCodec: null,
  fpsX100: null,
  bitrateKbps: null,
  fileSizeBytes: null,
  hashSha256: null,
  screenshotPath: null,
  metadataJson: null,
  ...fields,
});

export const start = (
  n: number,
  key = 'v1',
  startedAtMs = T0,
  fields: Partial<StartSessionCommand> = {},
): StartSessionCommand => ({
  kind: 'startSession',
  sessionUuid: uuid(n),
  startedAtMs,
  video: videoFields(key),
  locale: null,
  targetLanguage: null,
  difficultyTier: null,
  subtitleMode: null,
  receivedAtMs: T0,
  ...fields,
});

export const sample = (
  n: number,
  sampleMs: number,
  counters: Partial<Record<CounterKey, number>> = {},
): RecordSampleCommand => ({
  kind: 'recordSample',
  sessionUuid: uuid(n),
  sampleMs,
  counters: COUNTER_KEYS.map((key) => counters[key] ?? 0),
});

export const event = (
  n: number,
  tsMs: number,
  fields: Partial<SessionEventFields> = {},
): RecordEventCommand => ({
  kind: 'recordEvent',
  sessionUuid: uuid(n),
  event: {
    tsMs,
    type: EventType.LOOKUP,
    clientSeq: tsMs,
    lineIndex: null,
    segmentStartMs: null,
    segmentEndMs: null,
    wordsDelta: 0,
    cardsDelta: 0,
    payloadJson: null,
    ...fields,
  },
});

export const end = (n: number, endedAtMs: number): EndSessionCommand => ({
  kind: 'endSession',
  sessionUuid: uuid(n),
  endedAtMs,
  receivedAtMs: endedAtMs,
});
