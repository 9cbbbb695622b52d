import { builder } from '../builder.js';
import { DurabilityEnum, EventTypeEnum, SourceTypeEnum, SubtitleModeEnum } from './enums.js';

export const VideoInput = builder.inputType('VideoInput', {
  fields: (t) => ({
    videoKey: t.string({
      required: true,
      description: 'Natural key: local:<path>, remote:<url>, or your own.',
    }),
    title: t.string({ required: true }),
    sourceType: t.field({ type: SourceTypeEnum, required: true }),
    sourcePath: t.string(),
    sourceUrl: t.string(),
    durationMs: t.field({ type: 'SafeInt' }),
    widthPx: t.int(),
    heightPx: t.int(),
    codec: t.string(),
    container: t.string(),
    audioCodec: t.string(),
    fps: t.float(),
    bitrateKbps: t.int(),
    fileSizeBytes: t.field({ type: 'SafeInt' }),
    hashSha256: t.string(),
    screenshotPath: t.string(),
    metadata: t.field({ type: 'JSON' }),
  }),
});

export const StartSessionInput = builder.inputType('StartSessionInput', {
  fields: (t) => ({
    sessionUuid: t.field({
      type: 'UUID',
      description: 'Made by the server when absent; send your own to retry safely.',
    }),
    startedAtMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
    video: t.field({ type: VideoInput, required: true }),
    locale: t.string(),
    targetLanguage: t.string({ description: 'BCP 47: ja, pt-BR.' }),
    difficultyTier: t.int(),
    subtitleMode: t.field({ type: SubtitleModeEnum }),
  }),
});

export const TelemetrySampleInput = builder.inputType('TelemetrySampleInput', {
  description: 'Running totals since the session began, not differences. Absent counters are 0.',
  fields: (t) => {
    const counter = () => t.field({ type: 'SafeInt' });
    return {
      sampleMs: t.field({ type: 'EpochMs', required: true }),
      totalWatchedMs: counter(),
      activeWatchedMs: counter(),
      linesSeen: counter(),
      wordsSeen: counter(),
      tokensSeen: counter(),
      cardsMined: counter(),
      lookupCount: counter(),
      lookupHits: counter(),
      pauseCount: counter(),
      pauseMs: counter(),
      seekForwardCount: counter(),
      seekBackwardCount: counter(),
      mediaBufferEvents: counter(),
    };
  },
});

export const RecordTelemetryInput = builder.inputType('RecordTelemetryInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    samples: t.field({ type: [TelemetrySampleInput], required: true }),
    durability: t.field({
      type: DurabilityEnum,
      description: 'QUEUED when absent; inside `ingest` that of the request holds.',
    }),
  }),
});

export const SessionEventInput = builder.inputType('SessionEventInput', {
  fields: (t) => ({
    tsMs: t.field({ type: 'EpochMs', required: true }),
    type: t.field({ type: EventTypeEnum, required: true }),
    clientSeq: t.field({
      type: 'SafeInt',
      description:
        'Your own number of the event, so that a resend is recognised; derived from the content when absent.',
    }),
    lineIndex: t.int(),
    segmentStartMs: t.field({ type: 'SafeInt' }),
    segmentEndMs: t.field({ type: 'SafeInt' }),
    wordsDelta: t.int(),
    cardsDelta: t.int(),
    payload: t.field({ type: 'JSON' }),
  }),
});

export const RecordEventsInput = builder.inputType('RecordEventsInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    events: t.field({ type: [SessionEventInput], required: true }),
    durability: t.field({
      type: DurabilityEnum,
      description: 'QUEUED when absent; inside `ingest` that of the request holds.',
    }),
  }),
});

export const EndSessionInput = builder.inputType('EndSessionInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    endedAtMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
  }),
});

export const IngestInput = builder.inputType('IngestInput', {
  description:
    'Many sessions at once, in one request and one commit. Items count on over the lists in this order.',
  fields: (t) => ({
    videos: t.field({ type: [VideoInput] }),
    starts: t.field({ type: [StartSessionInput] }),
    telemetry: t.field({ type: [RecordTelemetryInput] }),
    events: t.field({ type: [RecordEventsInput] }),
    ends: t.field({ type: [EndSessionInput] }),
    durability: t.field({ type: DurabilityEnum, defaultValue: 'QUEUED' }),
  }),
});
