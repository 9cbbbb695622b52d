import type { SearchTerm } from '../../domain/search/query.js';
import { SEARCH_INDEX } from '../../schema/tables/system.js';
import type { SearchDialect } from '../queries/search-dialect.js';

const phrase = ({ tokens, isPrefix }: SearchTerm): string => `"${tokens.join(' ')}"${isPrefix ? '*' : ''}`;

/** FTS5: tokens are words between spaces, ranked by BM25. */
export const sqliteSearch: SearchDialect = {
  indexedValue: '?',
  keyColumn: 'rowid',
  matches: `${SEARCH_INDEX} MATCH ?`,
  rank: `bm25(${SEARCH_INDEX})`,
  isRankParameterised: false,
  toIndexed: (tokens) => tokens.join(' '),
  toMatch(terms) {
    const wanted = terms.filter(({ isExcluded }) => !isExcluded).map(phrase);
    const unwanted = terms.filter(({ isExcluded }) => isExcluded).map(phrase);
    return [`(${wanted.join(' AND ')})`, ...unwanted].join(' NOT ');
  },
};
