import { badInput } from '../errors.js';

/** What is said from one instant of the video to another, ms from its start. Text has no markup and no empty lines. */
export interface TranscriptSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** Segments of one transcript: ten hours of film have about 10,000 lines. */
export const MAX_SEGMENTS = 20_000;

/** Lines without space around them; empty ones go, because in subtitle files they end a cue. */
export const toSegmentText = (text: string): string =>
  text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

/**
 * In time order; segments without text are left out, one that ends before it starts ends where it starts.
 * Throws BAD_USER_INPUT for what has no segment, or more than MAX_SEGMENTS.
 */
export function toSegments(found: readonly TranscriptSegment[]): readonly TranscriptSegment[] {
  const segments = found
    .map(({ startMs, endMs, text }) => ({
      startMs,
      endMs: Math.max(startMs, endMs),
      text: toSegmentText(text),
    }))
    .filter(({ text }) => text !== '');
  if (segments.length === 0) throw badInput('The transcript has no segment with text');
  if (segments.length > MAX_SEGMENTS) throw badInput(`A transcript has at most ${MAX_SEGMENTS} segments`);
  return segments.toSorted((a, b) => a.startMs - b.startMs);
}

/** What is said, a line each, without times. */
export const toPlainText = (segments: readonly TranscriptSegment[]): string =>
  segments.map(({ text }) => `${text}\n`).join('');
