import type { MaintenanceStore } from '../domain/stats-store.js';
import { MINUTE_MS } from '../domain/time.js';
import type { WriterStatus } from '../domain/write-command.js';
import type { Job } from './job.js';

/** A free list below this is left alone, bytes: it is filled again soon. */
const WORTH_IT_BYTES = 16 * 1024 * 1024;
/** A full rewrite blocks writing, so it needs this share of the file to be free. */
const WORTH_A_REWRITE = 0.2;

/** A pause between two flushes is not quiet: a rewrite of a large file takes seconds, and the buffer would fill. */
const QUIET_MS = MINUTE_MS;

/** Nobody has written for a minute, and nothing waits. */
export const isQuiet = ({ depth, lastFlushMs }: WriterStatus, nowMs: number): boolean =>
  depth === 0 && (lastFlushMs === null || nowMs - lastFlushMs >= QUIET_MS);

/** Gives free pages back when it is worth it: step by step, or when nobody writes by rewriting the file. */
export function vacuumJob(maintenance: MaintenanceStore, isIdle: () => boolean, intervalMs: number): Job {
  return {
    name: 'vacuum',
    intervalMs,
    isFrequent: false,
    runsAtStart: false,
    async run(signal) {
      const { databaseBytes, freeBytes } = await maintenance.gauges();
      if (freeBytes < WORTH_IT_BYTES) {
        return { summary: `not worth it: ${freeBytes} bytes free`, isEventful: false };
      }
      const isFull = isIdle() && freeBytes > databaseBytes * WORTH_A_REWRITE;
      const freed = await maintenance.vacuum({ isFull }, signal);
      return { summary: `${freed} bytes freed${isFull ? ' by rewriting the file' : ''}`, isEventful: true };
    },
  };
}
