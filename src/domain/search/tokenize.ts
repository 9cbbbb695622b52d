/** Code points of the longest token: longer words are cut, in the index and in the query alike. */
const MAX_TOKEN_CHARS = 64;

const RUN = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that are written without spaces, or in which words are glued together: they are indexed by pairs. */
const PAIRED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}々〆ー]/u;

/** A stretch of a text that is one word, or a run of characters without spaces between words. */
export interface Run {
  readonly text: string;
  readonly isPaired: boolean;
  /** Place in the normalised text, in UTF-16 units. */
  readonly start: number;
}

/** What is compared: compatibility forms (full-width letters, half-width kana) are one, and case does not count. */
export const normalise = (text: string): string => text.normalize('NFKC').toLowerCase();

/** The runs of a normalised text, in order. */
export function runsOf(normalised: string): Run[] {
  const runs: Run[] = [];
  for (const match of normalised.matchAll(RUN)) {
    let start = match.index;
    let text = '';
    let isPaired = false;
    for (const char of match[0]) {
      const isOther = text !== '' && PAIRED.test(char) !== isPaired && !/\p{M}/u.test(char);
      if (isOther) {
        runs.push({ text, isPaired, start });
        start += text.length;
        text = '';
      }
      if (text === '') isPaired = PAIRED.test(char);
      text += char;
    }
    runs.push({ text, isPaired, start });
  }
  return runs;
}

/**
 * The tokens of a text for the index. A word is itself. A run of characters without spaces is every pair of
 * neighbours, so that any word of two or more characters is a chain of pairs, and its last character, so that one
 * character alone is the beginning of a token wherever it stands.
 */
export function tokensOf(text: string): string[] {
  return runsOf(normalise(text)).flatMap((run) => indexTokens(run));
}

export const indexTokens = (run: Run): readonly string[] =>
  run.isPaired ? [...pairs(run.text), last(run.text)] : [cut(run.text)];

/** The tokens that stand for a run at the end of a term: the text that is looked for may go on behind it. */
export const queryTokens = (run: Run): readonly string[] => {
  if (!run.isPaired) return [cut(run.text)];
  const found = pairs(run.text);
  return found.length === 0 ? [run.text] : found;
};

export const isSingle = (run: Run): boolean => run.isPaired && charsOf(run.text).length === 1;

function pairs(text: string): string[] {
  const chars = charsOf(text);
  return chars.slice(1).map((char, index) => `${chars[index] ?? ''}${char}`);
}

const last = (text: string): string => charsOf(text).at(-1) ?? '';
const cut = (text: string): string =>
  text.length <= MAX_TOKEN_CHARS ? text : charsOf(text).slice(0, MAX_TOKEN_CHARS).join('');

/** Code points: a pair of surrogates is one character, and a mark of its own is another. */
const charsOf = (text: string): readonly string[] => Array.from(text);
