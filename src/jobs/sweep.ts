import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { Job } from './job.js';

/** Closes sessions whose client went away. A later sample opens them again. */
export function sweepJob(
  maintenance: MaintenanceStore,
  clock: Clock,
  idleMs: number,
  intervalMs: number,
): Job {
  return {
    name: 'sweep',
    intervalMs,
    isFrequent: true,
    runsAtStart: false,
    async run() {
      const nowMs = clock.now();
      const count = await maintenance.sweepSessions(nowMs - idleMs, nowMs);
      return { summary: `${count} sessions abandoned`, isEventful: count > 0 };
    },
  };
}
