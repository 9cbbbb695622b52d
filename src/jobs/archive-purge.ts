import type { LibraryStore } from '../domain/library/store.js';
import { DAY_MS, type Clock } from '../domain/time.js';
import type { Job } from './job.js';

/** Purges entries that were deleted so many days ago; 0 keeps them for ever. */
export function archivePurgeJob(library: LibraryStore, days: number, clock: Clock, intervalMs: number): Job {
  return {
    name: 'archive-purge',
    intervalMs,
    isFrequent: false,
    runsAtStart: false,
    async run(signal) {
      if (days === 0) return { summary: 'deleted entries are kept for ever', isEventful: false };
      const count = await library.purgeArchive(clock.now() - days * DAY_MS, signal);
      return { summary: `${count} deleted entries purged`, isEventful: count > 0 };
    },
  };
}
