import { badInput } from '../errors.js';
import { indexTokens, isSingle, normalise, queryTokens, runsOf, type Run } from './tokenize.js';

/** Characters of a query. */
export const MAX_QUERY_CHARS = 200;
/** Words and phrases of a query. */
const MAX_TERMS = 16;

/** Tokens that must stand one behind the other. */
export interface SearchTerm {
  readonly tokens: readonly string[];
  /** The last token may go on: `walk*`, and a single character of a script without spaces. */
  readonly isPrefix: boolean;
  readonly isExcluded: boolean;
}

/** A run that a snippet shows as found. */
export interface Mark {
  readonly text: string;
  readonly isPrefix: boolean;
  readonly isPaired: boolean;
}

/** A parsed question: all terms must match, but none of the excluded. */
export interface SearchQuery {
  readonly terms: readonly SearchTerm[];
  /** The runs to be marked in a snippet, normalised. */
  readonly marks: readonly Mark[];
}

/**
 * Parses `word "a phrase" begin* -without`. Everything that is neither letter nor digit only separates. Throws
 * BAD_USER_INPUT when nothing is left to look for, or too much.
 */
export function parseSearchQuery(text: string): SearchQuery {
  if (text.length > MAX_QUERY_CHARS) throw badInput(`A search has at most ${MAX_QUERY_CHARS} characters`);
  const parts = [...normalise(text).matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/gu)];
  const terms: SearchTerm[] = [];
  const marks: Mark[] = [];
  for (const [, minus, phrase, word] of parts) {
    const isExcluded = minus === '-';
    const source = phrase ?? word ?? '';
    const runs = runsOf(source);
    if (runs.length === 0) continue;
    const isOpen = phrase === undefined && source.endsWith('*');
    // As the index has them, but the end of the term may stand in the middle of a longer run.
    const tokens = runs.flatMap((run, index) =>
      index === runs.length - 1 ? queryTokens(run) : indexTokens(run),
    );
    const isPrefix = isOpen || isOpenEnded(runs);
    terms.push({ tokens, isPrefix, isExcluded });
    if (!isExcluded)
      marks.push(
        ...runs.map((run, index) => ({
          text: run.text,
          isPrefix: isOpen && index === runs.length - 1,
          isPaired: run.isPaired,
        })),
      );
  }
  if (terms.length > MAX_TERMS) throw badInput(`A search has at most ${MAX_TERMS} words and phrases`);
  if (terms.every(({ isExcluded }) => isExcluded)) throw badInput('A search needs a word to look for');
  return { terms, marks };
}

/** A single character begins every token it begins a pair of; only at the end of a term, where a token may go on. */
const isOpenEnded = (runs: readonly Run[]): boolean => {
  const final = runs.at(-1);
  return final !== undefined && isSingle(final);
};
