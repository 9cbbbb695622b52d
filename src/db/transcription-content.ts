import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { countWordsByPassage, type TranscriptionContent } from '../domain/library/transcription.js';
import { compressText, expandText } from './compressed-text.js';

/** Passages counted without a pause: about 10 ms. */
const PASSAGES_AT_ONCE = 10;

export interface PackedContent {
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly wordCount: number;
}

/** Others get their turn meanwhile: ten hours of film take a second. */
export async function packContent(
  content: TranscriptionContent,
  language: string | null,
): Promise<PackedContent> {
  const json = JSON.stringify([
    content.isTimed ? 1 : 0,
    content.segments.map(({ startMs, endMs, text }) => [startMs, endMs, text]),
  ]);
  let wordCount = 0;
  let passages = 0;
  for (const count of countWordsByPassage(content, language)) {
    wordCount += count;
    passages += 1;
    if (passages % PASSAGES_AT_ONCE === 0) await setImmediate();
  }
  return {
    hash: createHash('sha256').update(json).digest('hex'),
    bytes: await compressText(json),
    wordCount,
  };
}

/** Throws when the bytes are damaged. */
export async function unpackContent(bytes: Uint8Array): Promise<TranscriptionContent> {
  // Written by packContent alone.
  const [isTimed, rows] = JSON.parse(await expandText(bytes)) as [number, [number, number, string][]];
  return {
    isTimed: isTimed === 1,
    segments: rows.map(([startMs, endMs, text]) => ({ startMs, endMs, text })),
  };
}
