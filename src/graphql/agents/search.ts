import type { ExtractionHit as HitModel } from '../../domain/agents/types.js';
import { parsePage } from '../../domain/page.js';
import { parseSearchQuery, type SearchQuery } from '../../domain/search/query.js';
import { snippetOf } from '../../domain/search/snippet.js';
import { keyOfHit } from '../../domain/search/types.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { SnippetPart } from '../shared/snippet.js';
import { Extraction, ExtractionFilterInput, toExtractionFilter } from './extraction.js';

interface Hit extends HitModel {
  readonly query: SearchQuery;
}

const ExtractionHit = builder.objectRef<Hit>('ExtractionHit').implement({
  description: 'An extraction event whose value or line matches.',
  fields: (t) => ({
    extraction: t.field({ type: Extraction, resolve: ({ extraction }) => extraction }),
    snippet: t.field({
      type: [SnippetPart],
      description: 'The line around the first match, or the value where the line has none.',
      resolve({ extraction: { matchedValue, originalLine }, query }) {
        const inLine = snippetOf(originalLine ?? '', query);
        const isFound = matchedValue === null || inLine.some(({ isMatch }) => isMatch);
        return [...(isFound ? inLine : snippetOf(matchedValue, query))];
      },
    }),
  }),
});

const ExtractionHitConnection = builder.connectionObject(
  { type: ExtractionHit, name: 'ExtractionHitConnection' },
  { name: 'ExtractionHitEdge' },
);

builder.queryField('searchExtractions', (t) =>
  t.connection(
    {
      type: ExtractionHit,
      description:
        'Best first. `word "a phrase" begin* -without`: all must match, in the value or the line of an event.',
      args: {
        query: t.arg.string({ required: true }),
        filter: t.arg({ type: ExtractionFilterInput }),
      },
      async resolve(_root, args, { services }) {
        const query = parseSearchQuery(args.query);
        const filter = toExtractionFilter(args.filter);
        const scope = `found extractions ${JSON.stringify([args.query, filter])}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.agents.searchExtractions(query, filter, request);
        const rows = page.rows.map((hit): Hit => ({ ...hit, query }));
        return toConnection({ ...page, rows }, request, scope, keyOfHit);
      },
    },
    ExtractionHitConnection,
  ),
);
