import type { Clock } from '../domain/time.js';
import type { CacheLimits, TranscriptCacheStore } from '../domain/transcripts/cache.js';
import type { Job } from './job.js';

/** Removes transcripts that expired, and those used least recently while the cache holds more than it may. */
export function cacheEvictionJob(
  cache: TranscriptCacheStore,
  limits: CacheLimits,
  clock: Clock,
  intervalMs: number,
): Job {
  return {
    name: 'cache-eviction',
    intervalMs,
    isFrequent: true,
    runsAtStart: false,
    async run(signal) {
      const { expiredCount, leastUsedCount, removedBytes } = await cache.evict(limits, clock.now(), signal);
      return {
        summary: `${expiredCount} expired, ${leastUsedCount} least used, ${removedBytes} bytes removed`,
        isEventful: expiredCount + leastUsedCount > 0,
      };
    },
  };
}
