import { badInput } from '../../domain/errors.js';
import type { CachedTranscript, PutOutcome } from '../../domain/transcripts/cache.js';
import {
  checkDistinct,
  MAX_PUT_TRANSCRIPTS,
  toNewTranscript,
  type TranscriptItem,
} from '../../domain/transcripts/put-input.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { needs } from '../shared/scope.js';
import { ExtractionVideoInput, toVideo } from './job-inputs.js';
import { jobOf } from './job-mutations.js';
import { Transcript } from './transcript.js';

const SegmentInput = builder.inputType('TranscriptSegmentInput', {
  fields: (t) => ({
    startMs: t.field({ type: 'SafeInt', required: true }),
    endMs: t.field({ type: 'SafeInt', required: true }),
    text: t.string({ required: true }),
  }),
});

const PutTranscriptInput = builder.inputType('PutTranscriptInput', {
  description: 'What one extraction brought: exactly one of segments, srt, vtt and errorCode.',
  fields: (t) => ({
    video: t.field({ type: ExtractionVideoInput, required: true }),
    language: t.string({ description: 'A BCP-47 tag.' }),
    source: t.string({ description: 'Where it came from: captions, asr.' }),
    segments: t.field({ type: [SegmentInput], description: 'At most 20000.' }),
    srt: t.string({ description: 'A SubRip file.' }),
    vtt: t.string({ description: 'A WebVTT file.' }),
    errorCode: t.string({ description: 'There is no transcript: the failure is remembered instead.' }),
    errorMessage: t.string(),
    extractionMs: t.field({ type: 'SafeInt', description: 'How long the extraction took.' }),
    extractedAtMs: t.field({
      type: 'EpochMs',
      description: 'Now when absent; send it to put the same again without counting it twice.',
    }),
    ttlMs: t.field({
      type: 'SafeInt',
      description: 'How long the entry answers; 0 is for ever. That of the server when absent.',
    }),
  }),
});

interface PutResult extends PutOutcome {
  readonly transcripts: readonly (CachedTranscript | null)[];
}

const counts = {
  stored: 'Entries that are now in the cache as they were put.',
  kept: 'Failures of videos whose transcript still answers: the transcript stays.',
  recorded: 'Extractions that count from now on; one that was put before counts already.',
};

const PutTranscriptPayload = builder.objectRef<PutResult>('PutTranscriptPayload').implement({
  fields: (t) => ({
    transcript: t.field({
      type: Transcript,
      nullable: true,
      description: 'What answers for the video now.',
      resolve: ({ transcripts }) => transcripts[0] ?? null,
    }),
    isStored: t.boolean({
      description: 'False when a failure was put and a transcript still answers, which stays.',
      resolve: ({ storedCount }) => storedCount > 0,
    }),
    isRecorded: t.boolean({
      description: 'Whether the extraction counts from now on; false when it counted already.',
      resolve: ({ recordedCount }) => recordedCount > 0,
    }),
  }),
});

const PutTranscriptsPayload = builder.objectRef<PutOutcome>('PutTranscriptsPayload').implement({
  fields: (t) => ({
    stored: t.exposeInt('storedCount', { description: counts.stored }),
    kept: t.exposeInt('keptCount', { description: counts.kept }),
    recorded: t.exposeInt('recordedCount', { description: counts.recorded }),
  }),
});

type Input = Omit<TranscriptItem, 'video'> & { readonly video: Parameters<typeof toVideo>[0] };

/** Throws BAD_USER_INPUT, NOT_FOUND. */
async function put(
  inputs: readonly Input[],
  jobUuid: string | null,
  services: Services,
): Promise<PutOutcome> {
  const { store, clock, limits, transcripts: ttls, feed } = services;
  if (inputs.length > MAX_PUT_TRANSCRIPTS) {
    throw badInput(`A request puts at most ${MAX_PUT_TRANSCRIPTS} transcripts`);
  }
  const nowMs = clock.now();
  const instants = { nowMs, maxFutureSkewMs: limits.maxFutureSkewMs };
  const items = inputs.map((input) =>
    toNewTranscript({ ...input, video: toVideo(input.video) }, instants, ttls),
  );
  checkDistinct(items);
  if (jobUuid !== null) await jobOf(services, jobUuid);
  const outcome = await store.transcriptCache.putTranscripts(items, jobUuid, nowMs);
  if (jobUuid !== null && outcome.recordedCount > 0) feed.publish('extractionJob', [jobUuid]);
  return outcome;
}

const JOB = 'The job that the videos were extracted for: its results are recorded together with the entries.';

builder.mutationFields((t) => ({
  putTranscript: t.field({
    ...needs('ingest'),
    type: PutTranscriptPayload,
    description: 'Puts what an extraction brought in place of what was there, and counts the extraction.',
    args: {
      input: t.arg({ type: PutTranscriptInput, required: true }),
      jobUuid: t.arg({ type: 'UUID', description: JOB }),
    },
    async resolve(_root, { input, jobUuid }, { services }) {
      const outcome = await put([input], jobUuid ?? null, services);
      const key = [input.video.videoKey];
      const transcripts = await services.store.transcriptCache.listTranscripts(key, services.clock.now());
      return { ...outcome, transcripts };
    },
  }),
  putTranscripts: t.field({
    ...needs('ingest'),
    type: PutTranscriptsPayload,
    description:
      'The same for at most 100 videos, each of them once. An entry is stored whole or not at all; when the request fails, sending it again is safe.',
    args: {
      inputs: t.arg({ type: [PutTranscriptInput], required: true }),
      jobUuid: t.arg({ type: 'UUID', description: JOB }),
    },
    resolve: (_root, { inputs, jobUuid }, { services }) => put(inputs, jobUuid ?? null, services),
  }),
  deleteTranscript: t.boolean({
    ...needs('ingest'),
    description: 'Removes what the cache has of a video; false when there was nothing.',
    args: { videoKey: t.arg.string({ required: true }) },
    resolve: (_root, { videoKey }, { services }) => services.store.transcriptCache.deleteTranscript(videoKey),
  }),
}));
