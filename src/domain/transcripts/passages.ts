import type { SearchPart } from '../search/types.js';
import type { TranscriptSegment } from './segments.js';

/** Characters (UTF-16 units) of a passage: what is ranked, and what all words of a search must stand in. About a minute. */
export const MAX_PASSAGE_CHARS = 600;

/** Some segments in a row, or a stretch of a very long one. */
export interface Passage extends SearchPart {
  /** Where each of its segments begins in the text, in order; the first at 0. */
  readonly segments: readonly { readonly offset: number; readonly segment: TranscriptSegment }[];
}

/** Cuts a transcript into passages, in time order. The same segments always give the same passages. */
export function toPassages(segments: readonly TranscriptSegment[]): readonly Passage[] {
  const passages: Passage[] = [];
  let text = '';
  let own: { offset: number; segment: TranscriptSegment }[] = [];
  const close = (): void => {
    const [first] = own;
    if (first !== undefined)
      passages.push({ part: passages.length, atMs: first.segment.startMs, text, segments: own });
    text = '';
    own = [];
  };
  for (const segment of segments) {
    for (const piece of piecesOf(segment.text)) {
      if (text !== '' && text.length + 1 + piece.length > MAX_PASSAGE_CHARS) close();
      if (text !== '') text += '\n';
      own.push({ offset: text.length, segment });
      text += piece;
    }
  }
  close();
  return passages;
}

/** The segment that a place in the text of the passage belongs to. */
export const segmentAt = ({ segments }: Passage, offset: number): TranscriptSegment | null =>
  segments.findLast((one) => one.offset <= offset)?.segment ?? null;

/** A text as it is when it fits, else in pieces: between words where there is a space in the second half of a piece. */
function piecesOf(text: string): readonly string[] {
  if (text.length <= MAX_PASSAGE_CHARS) return [text];
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > MAX_PASSAGE_CHARS) {
    const space = rest.slice(0, MAX_PASSAGE_CHARS + 1).search(/\s\S*$/);
    const isSplitPair = /[\uD800-\uDBFF]/.test(rest.charAt(MAX_PASSAGE_CHARS - 1));
    const end =
      space > MAX_PASSAGE_CHARS / 2 ? space : isSplitPair ? MAX_PASSAGE_CHARS - 1 : MAX_PASSAGE_CHARS;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? pieces : [...pieces, rest];
}
