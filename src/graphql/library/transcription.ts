import { TranscriptionStatus } from '../../domain/library/enums.js';
import {
  toText,
  toWebVtt,
  type Transcription as TranscriptionModel,
  type TranscriptionContent,
  type TranscriptionFilter,
} from '../../domain/library/transcription.js';
import { parseLanguageTag } from '../../domain/library/transcription-input.js';
import { parsePage } from '../../domain/page.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { toConnection } from '../shared/connection.js';
import { askable, known, values } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { Entry } from './entry.js';

const TranscriptionStatusEnum = builder.enumType('TranscriptionStatus', {
  values: values(TranscriptionStatus),
});

const contentOf = async (
  { textId }: TranscriptionModel,
  { loaders }: Context,
): Promise<TranscriptionContent | null> =>
  textId === null ? null : loaders.transcriptionContent.load(textId);

export const Transcription = builder.objectRef<TranscriptionModel>('Transcription').implement({
  description: 'What is said in the video of an entry.',
  fields: (t) => ({
    entry: t.field({
      type: Entry,
      resolve: async ({ videoId }, _args, { loaders }) => {
        const entry = await loaders.entry.load(videoId);
        if (entry === null) throw new Error(`Transcription of video ${videoId} without its entry`);
        return entry;
      },
    }),
    status: t.field({
      type: TranscriptionStatusEnum,
      resolve: ({ status }) => known(TranscriptionStatus, status),
    }),
    language: t.exposeString('language', { nullable: true, description: 'A BCP 47 tag.' }),
    wordCount: t.exposeInt('wordCount', {
      nullable: true,
      description: 'Words by the rules of Unicode, with dictionaries for scripts without spaces.',
    }),
    requestedAt: t.field({ type: 'DateTime', resolve: (one) => showable(one.requestedAtMs) }),
    updatedAt: t.field({ type: 'DateTime', resolve: (one) => showable(one.updatedAtMs) }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (one) => showableOrNull(one.startedAtMs),
    }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (one) => showableOrNull(one.completedAtMs),
    }),
    durationMs: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'How long the transcription took; null when nobody said that it started.',
      resolve: ({ startedAtMs, completedAtMs }) =>
        startedAtMs === null || completedAtMs === null ? null : Math.max(0, completedAtMs - startedAtMs),
    }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    text: t.string({
      nullable: true,
      description: 'A line for each segment. That of an earlier transcription stays until there is another.',
      resolve: async (one, _args, context) => {
        const content = await contentOf(one, context);
        return content === null ? null : toText(content);
      },
    }),
    vtt: t.string({
      nullable: true,
      description: 'WebVTT, made of the segments. Null for a text without times.',
      resolve: async (one, _args, context) => {
        const content = await contentOf(one, context);
        return content === null ? null : toWebVtt(content);
      },
    }),
  }),
});

builder.objectField(Entry, 'transcription', (t) =>
  t.field({
    type: Transcription,
    nullable: true,
    resolve: ({ videoId }, _args, { loaders }) => loaders.transcription.load(videoId),
  }),
);

const TranscriptionFilterInput = builder.inputType('TranscriptionFilter', {
  fields: (t) => ({ status: t.field({ type: TranscriptionStatusEnum }), language: t.string() }),
});

const TranscriptionConnection = builder.connectionObject(
  {
    type: Transcription,
    name: 'TranscriptionConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'TranscriptionEdge' },
);

builder.queryFields((t) => ({
  transcriptions: t.connection(
    {
      type: Transcription,
      description: 'Newest request first. Those of deleted entries are left out.',
      args: { filter: t.arg({ type: TranscriptionFilterInput }) },
      async resolve(_root, args, { services }) {
        const { transcriptions } = services.store;
        const { status, language } = args.filter ?? {};
        const filter: TranscriptionFilter = {
          status: status == null ? null : askable(TranscriptionStatus, status),
          language: language == null ? null : parseLanguageTag(language),
        };
        const scope = `transcriptions ${JSON.stringify(filter)}`;
        const request = parsePage(args, scope, 2);
        const page = await transcriptions.list(filter, request);
        const connection = toConnection(page, request, scope, (one) => [one.requestedAtMs, one.videoId]);
        return { ...connection, countAll: () => transcriptions.count(filter) };
      },
    },
    TranscriptionConnection,
  ),
}));
