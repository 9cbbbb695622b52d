import { badInput, notFound } from '../../domain/errors.js';
import type { CachedTranscript, CacheEntry } from '../../domain/transcripts/cache.js';
import { MAX_LOOKUP_KEYS } from '../../domain/transcripts/put-input.js';
import { toPlainText, type TranscriptSegment } from '../../domain/transcripts/segments.js';
import { toSrt } from '../../domain/transcripts/srt.js';
import { toVtt } from '../../domain/transcripts/vtt.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { Video } from '../immersion/video.js';
import type { Loaders } from '../loaders.js';
import { showable, showableOrNull } from '../shared/scalars.js';

const Segment = builder.objectRef<TranscriptSegment>('TranscriptSegment').implement({
  description: 'What is said from one instant of the video to another.',
  fields: (t) => ({
    startMs: t.expose('startMs', { type: 'SafeInt' }),
    endMs: t.expose('endMs', { type: 'SafeInt' }),
    text: t.exposeString('text'),
  }),
});

/** An entry that a lookup answered brings what is said with it; for others it is loaded for all of a page at once. */
const segmentsOf = (
  entry: CacheEntry | CachedTranscript,
  loaders: Loaders,
): Promise<readonly TranscriptSegment[]> =>
  'segments' in entry ? entry.segments() : loaders.transcriptSegments.load(entry.videoId);

/** Derived from the segments whenever somebody asks; null in a remembered failure. */
const derived = (
  toText: (segments: readonly TranscriptSegment[]) => string,
  description: string,
): {
  nullable: true;
  description: string;
  resolve: (entry: CacheEntry, _args: object, context: { loaders: Loaders }) => Promise<string | null>;
} => ({
  nullable: true,
  description,
  resolve: async (entry, _args, { loaders }) =>
    entry.errorCode === null ? toText(await segmentsOf(entry, loaders)) : null,
});

export const Transcript = builder.objectRef<CacheEntry | CachedTranscript>('Transcript').implement({
  description: 'An entry of the transcript cache: what is said in a video, or why nobody knows.',
  fields: (t) => ({
    video: t.field({
      type: Video,
      async resolve({ videoId }, _args, { loaders }) {
        const video = await loaders.video.load(videoId);
        if (video === null) throw notFound('The video of this transcript was just removed');
        return video;
      },
    }),
    isSuccess: t.boolean({
      description: 'False in a remembered failure, which has no segments.',
      resolve: ({ errorCode }) => errorCode === null,
    }),
    language: t.exposeString('language', { nullable: true, description: 'A BCP-47 tag.' }),
    source: t.exposeString('source', { nullable: true, description: 'Where it came from: captions, asr.' }),
    errorCode: t.exposeString('errorCode', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    segmentCount: t.exposeInt('segmentCount'),
    textBytes: t.expose('textBytes', { type: 'SafeInt', description: 'Of the plain text, UTF-8.' }),
    storedBytes: t.expose('storedBytes', {
      type: 'SafeInt',
      description: 'What the entry takes, compressed.',
    }),
    extractedAt: t.field({ type: 'DateTime', resolve: ({ extractedAtMs }) => showable(extractedAtMs) }),
    extractionMs: t.expose('extractionMs', { type: 'SafeInt', nullable: true }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was put into the cache, or put anew.',
      resolve: ({ createdAtMs }) => showable(createdAtMs),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'From then on it answers nothing; null is never.',
      resolve: ({ expiresAtMs }) => showableOrNull(expiresAtMs),
    }),
    lastAccessedAt: t.field({
      type: 'DateTime',
      description: 'Of the lookups that are written: about a second behind.',
      resolve: ({ lastAccessedAtMs }) => showable(lastAccessedAtMs),
    }),
    accessCount: t.expose('accessCount', { type: 'SafeInt' }),
    segments: t.field({
      type: [Segment],
      resolve: async (entry, _args, { loaders }) => [...(await segmentsOf(entry, loaders))],
    }),
    srt: t.string(derived(toSrt, 'As a SubRip file.')),
    vtt: t.string(derived(toVtt, 'As a WebVTT file.')),
    text: t.string(derived(toPlainText, 'What is said, a line each, without times.')),
  }),
});

/** One statement for all keys; what it finds is counted as a lookup of each. */
export async function lookUp(
  videoKeys: readonly string[],
  { store, lookups, clock }: Pick<Services, 'store' | 'lookups' | 'clock'>,
): Promise<readonly (CachedTranscript | null)[]> {
  if (videoKeys.length > MAX_LOOKUP_KEYS) throw badInput(`A lookup has at most ${MAX_LOOKUP_KEYS} videos`);
  const found = await store.transcriptCache.listTranscripts(videoKeys, clock.now());
  lookups.count(found);
  return found;
}

builder.objectField(Video, 'transcript', (t) =>
  t.field({
    type: Transcript,
    nullable: true,
    description: 'What the transcript cache has of it. Not counted as a lookup.',
    resolve: ({ videoId }, _args, { loaders }) => loaders.cacheEntry.load(videoId),
  }),
);

builder.queryFields((t) => ({
  transcript: t.field({
    type: Transcript,
    nullable: true,
    description: 'A lookup in the transcript cache: counted as a hit or a miss.',
    args: { videoKey: t.arg.string({ required: true }) },
    async resolve(_root, { videoKey }, { services }) {
      return (await lookUp([videoKey], services))[0] ?? null;
    },
  }),
  transcripts: t.field({
    type: [Transcript],
    nullable: { list: false, items: true },
    description:
      'Lookups of at most 100 videos at once, in the order of the keys; null where nothing answers.',
    args: { videoKeys: t.arg.stringList({ required: true }) },
    resolve: async (_root, { videoKeys }, { services }) => [...(await lookUp(videoKeys, services))],
  }),
  hasTranscript: t.boolean({
    description: 'Whether a lookup would find a transcript, not a failure. Not counted.',
    args: { videoKey: t.arg.string({ required: true }) },
    resolve: (_root, { videoKey }, { services }) =>
      services.store.transcriptCache.hasTranscript(videoKey, services.clock.now()),
  }),
}));
