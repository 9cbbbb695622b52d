import type { SearchTerm } from '../../domain/search/query.js';

/**
 * The words in which the two databases differ about full text. Both are given the tokens of our own tokenizer, so they
 * find the same; only how they rank is their own.
 */
export interface SearchDialect {
  /** The tokens of a document as the index takes them, `?` in `INSERT INTO sys_search_index (…) SELECT document_id, ?`. */
  readonly indexedValue: string;
  /** Name of the key column of sys_search_index. */
  readonly keyColumn: string;
  /** Condition with one `?` (see `toMatch`) over sys_search_index AS f. */
  readonly matches: string;
  /** The smaller the better; over sys_search_index AS f. `?` is the same as of `matches`, if it has one. */
  readonly rank: string;
  readonly isRankParameterised: boolean;
  toIndexed(tokens: readonly string[]): string;
  toMatch(terms: readonly SearchTerm[]): string;
}

/** A token that stands in every document of a domain, so that the index itself tells the domains apart. */
export const domainToken = (domain: number): string => `zzdomain${domain}`;
