import type { SearchHit } from '../search/types.js';
import type { SnippetPart } from '../search/snippet.js';

/** A passage that matches. */
export interface TranscriptHit extends Pick<SearchHit, 'documentId' | 'rank'> {
  readonly videoId: number;
  /** Start and end of the segment that holds the first match, ms into the video. */
  readonly startMs: number;
  readonly endMs: number;
  readonly snippet: readonly SnippetPart[];
}

/** Where to look; null is everywhere. */
export interface TranscriptSearchFilter {
  /** A BCP-47 range: `pt` is `pt-BR` too (basic filtering, RFC 4647, section 3.3.1). */
  readonly language: string | null;
}

/**
 * The address of a video at an instant: a fragment of its time (W3C "Media Fragments URI 1.0", section 4.2.1). An
 * address with a fragment of its own stays as it is.
 */
export const linkTo = (sourceUrl: string, atMs: number): string =>
  sourceUrl.includes('#') ? sourceUrl : `${sourceUrl}#t=${atMs / 1_000}`;
