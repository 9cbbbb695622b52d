import type { Page, PageRequest } from '../page.js';
import type { SearchQuery } from '../search/query.js';
import type { SearchHit } from '../search/types.js';
import type { Transcription, TranscriptionContent, TranscriptionFilter } from './transcription.js';

/**
 * Transcriptions, at most one of an entry. Changes are single conditional statements; what they answer says whether they
 * changed something. All methods throw StorageError.
 */
export interface TranscriptionStore {
  /** False when the entry is not there, is deleted, or has a transcription already. */
  request(slug: string, language: string | null, nowMs: number): Promise<boolean>;
  /** Of one that waits. */
  start(slug: string, nowMs: number): Promise<boolean>;
  /**
   * Stores the content and what can be found in it, in place of what was there. 'SAME' when just this was completed
   * before; 'REFUSED', and nothing is written, when there is none that waits or is worked on.
   */
  complete(
    slug: string,
    language: string | null,
    content: TranscriptionContent,
    nowMs: number,
  ): Promise<'COMPLETED' | 'SAME' | 'REFUSED'>;
  /** Of one that waits or is worked on. */
  fail(slug: string, errorMessage: string, nowMs: number): Promise<boolean>;
  /** Of one that failed or was completed; its text stays until there is another. */
  retry(slug: string, nowMs: number): Promise<boolean>;

  listByVideoIds(videoIds: readonly number[]): Promise<readonly Transcription[]>;
  /** Those of entries that are not deleted, newest first; key [requestedAtMs, videoId]. */
  list(filter: TranscriptionFilter, page: PageRequest): Promise<Page<Transcription>>;
  count(filter: TranscriptionFilter): Promise<number>;
  /** In the order of the ids; null where there is none. */
  listContents(textIds: readonly number[]): Promise<readonly (TranscriptionContent | null)[]>;
  /** Passages of entries that are not deleted, best first; the subject is the video. Key: `keyOfHit`. */
  search(query: SearchQuery, page: PageRequest): Promise<Page<SearchHit>>;
}
