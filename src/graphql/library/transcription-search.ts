import type { Transcription as TranscriptionModel } from '../../domain/library/transcription.js';
import { parsePage } from '../../domain/page.js';
import { parseSearchQuery, type SearchQuery } from '../../domain/search/query.js';
import { snippetOf, type SnippetPart as SnippetModel } from '../../domain/search/snippet.js';
import { keyOfHit, type SearchHit } from '../../domain/search/types.js';
import { toPassages } from '../../domain/transcripts/passages.js';
import { builder } from '../builder.js';
import type { Loaders } from '../loaders.js';
import { toConnection } from '../shared/connection.js';
import { SnippetPart } from '../shared/snippet.js';
import { Transcription } from './transcription.js';

interface TranscriptionHit {
  readonly hit: SearchHit;
  readonly transcription: TranscriptionModel;
  readonly atMs: number | null;
  readonly snippet: readonly SnippetModel[];
}

const TranscriptionHitType = builder.objectRef<TranscriptionHit>('TranscriptionHit').implement({
  description: 'A passage in which the words stand.',
  fields: (t) => ({
    transcription: t.expose('transcription', { type: Transcription }),
    atMs: t.expose('atMs', {
      type: 'SafeInt',
      nullable: true,
      description: 'Where the passage begins, ms into the video. Null for a text without times.',
    }),
    snippet: t.field({ type: [SnippetPart], resolve: ({ snippet }) => [...snippet] }),
  }),
});

/** What a hit shows; null when it was removed or replaced since it was found. */
async function toHit(hit: SearchHit, query: SearchQuery, loaders: Loaders): Promise<TranscriptionHit | null> {
  const transcription = await loaders.transcription.load(hit.subjectId);
  if (transcription?.textId == null) return null;
  const content = await loaders.transcriptionContent.load(transcription.textId);
  const passage = content === null ? undefined : toPassages(content.segments)[hit.part];
  if (content === null || passage === undefined) return null;
  return {
    hit,
    transcription,
    atMs: content.isTimed ? passage.atMs : null,
    snippet: snippetOf(passage.text, query),
  };
}

const TranscriptionHitConnection = builder.connectionObject(
  { type: TranscriptionHitType, name: 'TranscriptionHitConnection' },
  { name: 'TranscriptionHitEdge' },
);

builder.queryFields((t) => ({
  searchTranscriptions: t.connection(
    {
      type: TranscriptionHitType,
      description:
        'Passages of transcriptions that hold all words: `word "a phrase" begin* -without`. Best first. Entries that are deleted are left out.',
      args: { query: t.arg.string({ required: true }) },
      async resolve(_root, args, { services, loaders }) {
        const query = parseSearchQuery(args.query);
        const scope = `searchTranscriptions ${args.query}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.transcriptions.search(query, request);
        const hits = await Promise.all(page.rows.map((hit) => toHit(hit, query, loaders)));
        const rows = hits.filter((hit) => hit !== null);
        return toConnection({ ...page, rows }, request, scope, ({ hit }) => keyOfHit(hit));
      },
    },
    TranscriptionHitConnection,
  ),
}));
