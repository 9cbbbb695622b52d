import { toPassages } from '../transcripts/passages.js';
import { toPlainText, type TranscriptSegment } from '../transcripts/segments.js';
import { toVtt } from '../transcripts/vtt.js';

/** What is said in the video of an entry; at most one of an entry. */
export interface Transcription {
  readonly videoId: number;
  /** An integer of TranscriptionStatus, or one this version does not know. */
  readonly status: number;
  /** BCP-47. */
  readonly language: string | null;
  /** Where the content is; that of an earlier transcription until a new one is completed. */
  readonly textId: number | null;
  readonly wordCount: number | null;
  readonly requestedAtMs: number;
  readonly updatedAtMs: number;
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly errorMessage: string | null;
}

/** The one form in which a text is stored: everything else is made of it. */
export interface TranscriptionContent {
  /** False: a text without times, one segment a line, all at 0. */
  readonly isTimed: boolean;
  readonly segments: readonly TranscriptSegment[];
}

export interface TranscriptionFilter {
  readonly status: number | null;
  readonly language: string | null;
}

export const toText = ({ segments }: TranscriptionContent): string => toPlainText(segments);

/** Null for a text without times. */
export const toWebVtt = ({ isTimed, segments }: TranscriptionContent): string | null =>
  isTimed ? toVtt(segments) : null;

/**
 * Counts the words of a transcription, passage by passage: Unicode's default word boundaries (UAX #29) with the
 * dictionaries of ICU for scripts without spaces, as `Intl.Segmenter` has them. A word that a very long line was cut in
 * counts twice. Never give a segmenter a long text: its time grows with the square of it.
 */
export function* countWordsByPassage(
  { segments }: TranscriptionContent,
  language: string | null,
): Generator<number> {
  const segmenter = new Intl.Segmenter(language ?? 'und', { granularity: 'word' });
  for (const { text } of toPassages(segments)) {
    let count = 0;
    for (const { isWordLike } of segmenter.segment(text)) if (isWordLike === true) count += 1;
    yield count;
  }
}
