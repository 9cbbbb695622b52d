import { wordOf } from '../../domain/code-word.js';
import { conflict, notFound } from '../../domain/errors.js';
import { TranscriptionStatus } from '../../domain/library/enums.js';
import type { Transcription as TranscriptionModel } from '../../domain/library/transcription.js';
import { parseContent, parseLanguageTag } from '../../domain/library/transcription-input.js';
import { parseReason } from '../../domain/library/transcoding-input.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { needs } from '../shared/scope.js';
import { noEntry } from './entry.js';
import { Transcription } from './transcription.js';

const CompleteTranscriptionInput = builder.inputType('CompleteTranscriptionInput', {
  description: 'One of vtt, srt and text.',
  fields: (t) => ({
    slug: t.string({ required: true, description: 'Of the entry.' }),
    language: t.string({ description: 'As it was detected; that of the request when absent.' }),
    vtt: t.string({ description: 'WebVTT.' }),
    srt: t.string({ description: 'SubRip.' }),
    text: t.string({ description: 'Without times.' }),
  }),
});

async function transcriptionOf(slug: string, { services }: Context): Promise<TranscriptionModel> {
  const { library, transcriptions } = services.store;
  const entry = await library.getEntry(slug);
  if (entry === null || entry.deletedAtMs !== null) throw noEntry();
  const [found] = await transcriptions.listByVideoIds([entry.videoId]);
  if (found === undefined) throw notFound('The entry has no transcription: request one');
  return found;
}

/** Throws NOT_FOUND, or CONFLICT when the transcription was not in a status from which this is possible. */
async function changed(
  slug: string,
  isChanged: boolean,
  what: string,
  context: Context,
): Promise<TranscriptionModel> {
  const found = await transcriptionOf(slug, context);
  if (!isChanged)
    throw conflict(`A transcription that is ${wordOf(TranscriptionStatus, found.status)} cannot be ${what}`);
  return found;
}

builder.mutationFields((t) => {
  const slug = { slug: t.arg.string({ required: true, description: 'Of the entry.' }) };
  return {
    requestTranscription: t.field({
      ...needs('admin'),
      type: Transcription,
      description: 'Asks for an entry to be transcribed. CONFLICT when it has a transcription already.',
      args: { ...slug, language: t.arg.string({ description: 'A BCP 47 tag; absent when not known.' }) },
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const language = args.language == null ? null : parseLanguageTag(args.language);
        const isChanged = await store.transcriptions.request(args.slug, language, clock.now());
        return changed(args.slug, isChanged, 'requested again: retry it', context);
      },
    }),
    startTranscription: t.field({
      ...needs('ingest'),
      type: Transcription,
      description: 'Makes a pending one PROCESSING: of two who start it, one gets CONFLICT.',
      args: slug,
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const isChanged = await store.transcriptions.start(args.slug, clock.now());
        return changed(args.slug, isChanged, 'started', context);
      },
    }),
    completeTranscription: t.field({
      ...needs('ingest'),
      type: Transcription,
      description:
        'Stores the text. CONFLICT when it is neither PENDING nor PROCESSING; the same text sent again changes nothing.',
      args: { input: t.arg({ type: CompleteTranscriptionInput, required: true }) },
      async resolve(_root, { input }, context) {
        const { store, clock } = context.services;
        const language = input.language == null ? null : parseLanguageTag(input.language);
        const content = parseContent(input);
        const result = await store.transcriptions.complete(input.slug, language, content, clock.now());
        return changed(input.slug, result !== 'REFUSED', 'completed', context);
      },
    }),
    failTranscription: t.field({
      ...needs('ingest'),
      type: Transcription,
      description: 'CONFLICT when it is neither PENDING nor PROCESSING.',
      args: { ...slug, errorMessage: t.arg.string({ required: true }) },
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const message = parseReason(args.errorMessage);
        const isChanged = await store.transcriptions.fail(args.slug, message, clock.now());
        return changed(args.slug, isChanged, 'failed', context);
      },
    }),
    retryTranscription: t.field({
      ...needs('admin'),
      type: Transcription,
      description:
        'Makes one that FAILED or is COMPLETED pending again. Its text stays until there is another.',
      args: slug,
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const isChanged = await store.transcriptions.retry(args.slug, clock.now());
        return changed(args.slug, isChanged, 'retried', context);
      },
    }),
  };
});
