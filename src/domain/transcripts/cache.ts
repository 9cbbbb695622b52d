import type { Page, PageRequest } from '../page.js';
import type { SearchQuery } from '../search/query.js';
import type { ExtractionVideo } from './jobs.js';
import type { TranscriptHit, TranscriptSearchFilter } from './search.js';
import type { TranscriptSegment } from './segments.js';

/** What an extraction brought: a transcript, or the reason why there is none. */
export type TranscriptContent =
  | { readonly segments: readonly TranscriptSegment[] }
  | { readonly errorCode: string; readonly errorMessage: string | null };

/** One entry to put into the cache. */
export interface NewTranscript {
  readonly video: ExtractionVideo;
  /** A BCP-47 tag; null is unknown. */
  readonly language: string | null;
  /** Where it came from: captions, a speech model. */
  readonly source: string | null;
  readonly content: TranscriptContent;
  readonly extractedAtMs: number;
  /** How long the extraction took, ms; null where nobody measured. */
  readonly extractionMs: number | null;
  /** From then on the entry answers nothing; null is never. */
  readonly expiresAtMs: number | null;
}

/** An entry of the cache without what is said: a page of them stays small. */
export interface CacheEntry {
  readonly videoId: number;
  readonly videoKey: string;
  readonly language: string | null;
  readonly source: string | null;
  readonly segmentCount: number;
  /** Of the plain text, UTF-8. */
  readonly textBytes: number;
  /** What the entry takes, compressed. */
  readonly storedBytes: number;
  /** Null in an entry that has a transcript. */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly extractedAtMs: number;
  readonly extractionMs: number | null;
  /** When it was put, or put anew. */
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastAccessedAtMs: number;
  readonly accessCount: number;
}

/** An entry as a lookup answers it. */
export interface CachedTranscript extends CacheEntry {
  /** Expands what is stored, once; none in a negative entry. Throws when the bytes are damaged. */
  segments(): Promise<readonly TranscriptSegment[]>;
}

export interface PutOutcome {
  readonly storedCount: number;
  /** Failures of videos whose transcript still answers: the transcript stays. */
  readonly keptCount: number;
  /** Extractions counted: outside of a job each attempt once, in a job the first result of a video. */
  readonly recordedCount: number;
}

/** Everything that the cache holds, and how it is used. */
export interface CacheStatistics {
  readonly entriesCount: number;
  /** Of them, failures that are remembered. */
  readonly negativeCount: number;
  /** Of them, those that answer nothing any more and wait for eviction. */
  readonly expiredCount: number;
  readonly storedBytes: number;
  /** When the oldest and the newest entry were put; null in an empty cache. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  /** Lookups answered by a transcript, by a failure that is remembered, by nothing; since the first one. */
  readonly hits: number;
  readonly negativeHits: number;
  readonly misses: number;
  readonly evictedCount: number;
  readonly evictedBytes: number;
}

/** How much the cache may hold; 0 is any number. */
export interface CacheLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export interface EvictionReport {
  readonly expiredCount: number;
  /** Removed because others were used later. */
  readonly leastUsedCount: number;
  readonly removedBytes: number;
}

/** What was extracted, by video. All methods throw StorageError. */
export interface TranscriptCacheStore {
  /**
   * Puts entries in place of what was there; each whole or not at all, many in several transactions. A failure does not
   * take the place of a transcript that still answers. Every entry is counted as an extraction too: in the job when it is
   * given and open, outside of one when it is null. No video may come twice.
   */
  putTranscripts(
    transcripts: readonly NewTranscript[],
    jobUuid: string | null,
    nowMs: number,
  ): Promise<PutOutcome>;
  /** From one statement over all keys; null where nothing answers. In the order of the keys. */
  listTranscripts(videoKeys: readonly string[], nowMs: number): Promise<readonly (CachedTranscript | null)[]>;
  /** What answers for the ids of some videos, from one statement, without what is said. In the order of the ids. */
  listCacheEntries(videoIds: readonly number[], nowMs: number): Promise<readonly (CacheEntry | null)[]>;
  /** What is said in some videos, from one statement; nothing where there is no transcript. In the order of the ids. */
  listSegments(videoIds: readonly number[]): Promise<readonly (readonly TranscriptSegment[])[]>;
  /** Whether a transcript, not a failure, answers. */
  hasTranscript(videoKey: string, nowMs: number): Promise<boolean>;
  /**
   * Passages whose words match, best first; key as of `keyOfHit`. What was removed while it was read is left out, so a
   * page may be shorter than it was asked for.
   */
  listHits(
    query: SearchQuery,
    filter: TranscriptSearchFilter,
    nowMs: number,
    page: PageRequest,
  ): Promise<Page<TranscriptHit>>;
  /** False when there was no entry. */
  deleteTranscript(videoKey: string): Promise<boolean>;
  summarizeCache(nowMs: number): Promise<CacheStatistics>;
  /** Removes what expired, then what was used least recently until the limits hold. Stops early when the signal is aborted. */
  evict(limits: CacheLimits, nowMs: number, signal: AbortSignal): Promise<EvictionReport>;
  /** Removes as many entries as are asked for, those used least recently first. */
  evictOldest(count: number, nowMs: number, signal: AbortSignal): Promise<EvictionReport>;
}
