import type { CacheEntry } from './cache.js';

/** What a process counted in one slice: running totals, so a command that was lost is made good by the next one. */
export interface RecordLookupsCommand {
  readonly kind: 'recordLookups';
  readonly slice: number;
  /** A random number of the process that counted; never 0, which counts evictions. */
  readonly instanceId: number;
  readonly hits: number;
  readonly negativeHits: number;
  readonly misses: number;
  /** Entries that answered since the last command: how often, and when last. */
  readonly accesses: readonly EntryAccess[];
}

export interface EntryAccess {
  readonly videoId: number;
  readonly count: number;
  readonly lastMs: number;
}

/** What a lookup found; null is a miss. */
export type LookedUp = Pick<CacheEntry, 'videoId' | 'errorCode'> | null;

/** Counts lookups of the cache without making anybody wait. */
export interface LookupCounter {
  count(found: readonly LookedUp[]): void;
}
