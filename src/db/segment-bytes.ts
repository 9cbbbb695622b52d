import type { TranscriptSegment } from '../domain/transcripts/segments.js';
import { compressText, expandText } from './compressed-text.js';

/** Segments as they are stored: `[[startMs,endMs,text],…]`, deflated. */
export const packSegments = (segments: readonly TranscriptSegment[]): Promise<Uint8Array> =>
  compressText(JSON.stringify(segments.map(({ startMs, endMs, text }) => [startMs, endMs, text])));

/** Throws when the bytes are not what `packSegments` made. */
export async function unpackSegments(bytes: Uint8Array): Promise<readonly TranscriptSegment[]> {
  const rows: unknown = JSON.parse(await expandText(bytes));
  if (!Array.isArray(rows)) throw new Error('A stored transcript is damaged');
  return rows.map(toSegment);
}

function toSegment(row: unknown): TranscriptSegment {
  const [startMs, endMs, text] = Array.isArray(row) ? (row as readonly unknown[]) : [];
  if (typeof startMs !== 'number' || typeof endMs !== 'number' || typeof text !== 'string') {
    throw new Error('A stored transcript is damaged');
  }
  return { startMs, endMs, text };
}
