import type { SnippetPart as PartModel } from '../../domain/search/snippet.js';
import { builder } from '../builder.js';

export const SnippetPart = builder.objectRef<PartModel>('SnippetPart').implement({
  description: 'A stretch of a snippet, in the words of the source.',
  fields: (t) => ({
    text: t.exposeString('text'),
    isMatch: t.exposeBoolean('isMatch', { description: 'Whether it is what was looked for.' }),
  }),
});
