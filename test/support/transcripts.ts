import type { NewTranscript } from '../../src/domain/transcripts/cache.js';
import type { TranscriptSegment } from '../../src/domain/transcripts/segments.js';
import { T0 } from './commands.js';

/** Lines of two seconds each. */
export const segmentsOf = (...lines: readonly string[]): readonly TranscriptSegment[] =>
  lines.map((text, index) => ({ startMs: index * 2_000, endMs: index * 2_000 + 1_500, text }));

export const transcript = (
  key: string,
  lines: readonly string[] = [`What is said in ${key}`],
  fields: Partial<NewTranscript> = {},
): NewTranscript => ({
  video: { videoKey: key, title: `Title of ${key}`, sourceType: 2, sourceUrl: `https://example.org/${key}` },
  language: 'en',
  source: 'captions',
  content: { segments: segmentsOf(...lines) },
  extractedAtMs: T0 - 5_000,
  extractionMs: 1_200,
  expiresAtMs: null,
  ...fields,
});

export const failure = (key: string, fields: Partial<NewTranscript> = {}): NewTranscript =>
  transcript(key, [], {
    language: null,
    source: null,
    content: { errorCode: 'NO_CAPTIONS', errorMessage: 'There are none' },
    ...fields,
  });
