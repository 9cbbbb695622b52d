import type { SearchTerm } from '../../domain/search/query.js';
import type { SearchDialect } from '../queries/search-dialect.js';

/** The largest position a tsvector keeps (PostgreSQL, "Text Search Types"). */
const MAX_POSITION = 16_383;
/** Positions of one lexeme that a tsvector keeps; more would only be cut by the server. */
const MAX_PLACES = 255;

const lexeme = (token: string): string => `'${token.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
const phrase = ({ tokens, isPrefix, isExcluded }: SearchTerm): string =>
  `${isExcluded ? '!' : ''}(${tokens.map(lexeme).join(' <-> ')}${isPrefix ? ':*' : ''})`;

/** tsvector and tsquery written out, so that the server's own parser and dictionaries have no say in what a word is. */
export const postgresSearch: SearchDialect = {
  indexedValue: 'CAST(? AS tsvector)',
  keyColumn: 'document_id',
  matches: 'f.terms @@ CAST(? AS tsquery)',
  // Length counts (1): as with BM25, the same word weighs more in a short passage.
  rank: '-CAST(ts_rank(f.terms, CAST(? AS tsquery), 1) AS double precision)',
  isRankParameterised: true,
  toIndexed(tokens) {
    const places = new Map<string, number[]>();
    tokens.slice(0, MAX_POSITION).forEach((token, index) => {
      const own = places.get(token);
      if (own === undefined) places.set(token, [index + 1]);
      else if (own.length < MAX_PLACES) own.push(index + 1);
    });
    return [...places].map(([token, own]) => `${lexeme(token)}:${own.join(',')}`).join(' ');
  },
  toMatch: (terms) => terms.map(phrase).join(' & '),
};
