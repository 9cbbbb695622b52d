import type { Mark, SearchQuery } from './query.js';
import { normalise, runsOf } from './tokenize.js';

/** Characters of a snippet, about two lines. */
const SNIPPET_CHARS = 160;
/** Of them before the first match. */
const LEAD_CHARS = 40;

/** A stretch of a snippet, in the words of the source. */
export interface SnippetPart {
  readonly text: string;
  readonly isMatch: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The stretch of a text around its first match, cut into parts that match and parts that do not: whoever shows it
 * needs no markup to escape. Where nothing matches (the words of a phrase stand apart) it is the beginning.
 */
export function snippetOf(text: string, query: Pick<SearchQuery, 'marks'>): readonly SnippetPart[] {
  const { graphemes, found } = matchesIn(text, query);
  const from = Math.max(0, Math.min((found[0]?.start ?? 0) - LEAD_CHARS, graphemes.length - SNIPPET_CHARS));
  const to = Math.min(graphemes.length, from + SNIPPET_CHARS);
  const parts: SnippetPart[] = [];
  const add = (start: number, end: number, isMatch: boolean): void => {
    if (end > start) parts.push({ text: graphemes.slice(start, end).join(''), isMatch });
  };
  let place = from;
  if (from > 0) parts.push({ text: '…', isMatch: false });
  for (const { start, end } of found.filter((range) => range.start < to)) {
    add(place, start, false);
    place = Math.min(end, to);
    add(start, place, true);
  }
  add(place, to, false);
  if (to < graphemes.length) parts.push({ text: '…', isMatch: false });
  return parts;
}

/** Place of the first match, in UTF-16 units; null where nothing matches. */
export function firstMatchIn(text: string, query: Pick<SearchQuery, 'marks'>): number | null {
  const { graphemes, found } = matchesIn(text, query);
  return found[0] === undefined ? null : graphemes.slice(0, found[0].start).join('').length;
}

/** Matches as ranges of graphemes, in order, none of them overlapping. */
function matchesIn(
  text: string,
  { marks }: Pick<SearchQuery, 'marks'>,
): { readonly graphemes: readonly string[]; readonly found: readonly Range[] } {
  const graphemes = [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
  // Normalised one by one, so that every place in the normalised text is a place in the source.
  const places: number[] = [];
  let normalised = '';
  graphemes.forEach((grapheme, index) => {
    const own = normalise(grapheme);
    for (let i = 0; i < own.length; i += 1) places.push(index);
    normalised += own;
  });
  const found = merged(
    matchesOf(normalised, marks).map(({ start, end }) => ({
      start: places[start] ?? 0,
      end: (places[end - 1] ?? 0) + 1,
    })),
  );
  return { graphemes, found };
}

function matchesOf(normalised: string, marks: readonly Mark[]): Range[] {
  const found: Range[] = [];
  for (const run of runsOf(normalised)) {
    for (const mark of marks) {
      if (mark.isPaired !== run.isPaired) continue;
      if (mark.isPaired) {
        for (let at = run.text.indexOf(mark.text); at !== -1; at = run.text.indexOf(mark.text, at + 1)) {
          found.push({ start: run.start + at, end: run.start + at + mark.text.length });
        }
      } else if (mark.isPrefix ? run.text.startsWith(mark.text) : run.text === mark.text) {
        found.push({ start: run.start, end: run.start + run.text.length });
      }
    }
  }
  return found;
}

function merged(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const before = out.at(-1);
    if (before !== undefined && range.start <= before.end)
      out[out.length - 1] = { start: before.start, end: Math.max(before.end, range.end) };
    else out.push(range);
  }
  return out;
}
