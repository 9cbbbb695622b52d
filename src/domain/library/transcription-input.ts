import { badInput } from '../errors.js';
import { isText } from '../text.js';
import { toSegments } from '../transcripts/segments.js';
import { parseSrt } from '../transcripts/srt.js';
import { parseVtt } from '../transcripts/vtt.js';
import type { TranscriptionContent } from './transcription.js';

const MAX_TAG_CHARS = 64;

/** A language tag in its canonical form (BCP 47). Throws BAD_USER_INPUT. */
export function parseLanguageTag(tag: string): string {
  if (tag.length <= MAX_TAG_CHARS) {
    try {
      const [canonical] = Intl.getCanonicalLocales(tag);
      if (canonical !== undefined) return canonical;
    } catch {
      // Told below.
    }
  }
  throw badInput('language is a BCP 47 tag, such as ja or pt-BR');
}

interface TranscriptionSource {
  readonly vtt?: string | null | undefined;
  readonly srt?: string | null | undefined;
  readonly text?: string | null | undefined;
}

/** Throws BAD_USER_INPUT unless exactly one form is given, and has a text. */
export function parseContent({ vtt, srt, text }: TranscriptionSource): TranscriptionContent {
  const [given, ...others] = [vtt, srt, text].filter((form) => form != null);
  if (given === undefined || others.length > 0) throw badInput('Give one of vtt, srt and text');
  if (!isText(given)) throw badInput('The text holds characters that are not text');
  if (vtt != null) return { isTimed: true, segments: parseVtt(vtt) };
  if (srt != null) return { isTimed: true, segments: parseSrt(srt) };
  const lines = given.split(/\r\n|[\n\r\u2028\u2029]/);
  return {
    isTimed: false,
    segments: toSegments(lines.map((line) => ({ startMs: 0, endMs: 0, text: line }))),
  };
}
