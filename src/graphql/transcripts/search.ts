import { notFound } from '../../domain/errors.js';
import { parsePage } from '../../domain/page.js';
import { parseSearchQuery } from '../../domain/search/query.js';
import { keyOfHit } from '../../domain/search/types.js';
import { MAX_CODE_CHARS, optionalText } from '../../domain/transcripts/job-input.js';
import { linkTo, type TranscriptHit as HitModel } from '../../domain/transcripts/search.js';
import { builder } from '../builder.js';
import { Video } from '../immersion/video.js';
import { toConnection } from '../shared/connection.js';
import { SnippetPart } from '../shared/snippet.js';

const TranscriptHit = builder.objectRef<HitModel>('TranscriptHit').implement({
  description: 'A passage of a transcript that matches.',
  fields: (t) => ({
    video: t.field({
      type: Video,
      async resolve({ videoId }, _args, { loaders }) {
        const video = await loaders.video.load(videoId);
        if (video === null) throw notFound('The video of this passage was just removed');
        return video;
      },
    }),
    startMs: t.expose('startMs', {
      type: 'SafeInt',
      description: 'Where in the video the first match is said: the segment that holds it.',
    }),
    endMs: t.expose('endMs', { type: 'SafeInt' }),
    snippet: t.field({
      type: [SnippetPart],
      description: 'About 160 characters around the first match.',
      resolve: ({ snippet }) => [...snippet],
    }),
    link: t.string({
      nullable: true,
      description: 'The sourceUrl of the video with the instant as its fragment (#t=12.5); null without one.',
      async resolve({ videoId, startMs }, _args, { loaders }) {
        const sourceUrl = (await loaders.video.load(videoId))?.sourceUrl ?? null;
        return sourceUrl === null ? null : linkTo(sourceUrl, startMs);
      },
    }),
  }),
});

builder.queryField('searchTranscripts', (t) =>
  t.connection(
    {
      type: TranscriptHit,
      description:
        'Passages of cached transcripts, best first. `word "a phrase" begin* -without`; all words must stand in one passage of at most 600 characters.',
      args: {
        query: t.arg.string({ required: true }),
        language: t.arg.string({ description: 'A BCP-47 tag; pt finds pt-BR too.' }),
      },
      async resolve(_root, args, { services }) {
        const { store, clock } = services;
        const query = parseSearchQuery(args.query);
        const language = optionalText(args.language, 'language', MAX_CODE_CHARS);
        const scope = `searchTranscripts ${JSON.stringify([args.query, language])}`;
        const request = parsePage(args, scope, 2);
        const page = await store.transcriptCache.listHits(query, { language }, clock.now(), request);
        return toConnection(page, request, scope, keyOfHit);
      },
    },
    { name: 'TranscriptHitConnection' },
    { name: 'TranscriptHitEdge' },
  ),
);
