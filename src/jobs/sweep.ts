import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { Job } from './job.js';

/** Closes sessions and playbacks whose client went away. A later sample opens a session again. */
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
      const playbacks = await maintenance.sweepPlaybacks(nowMs);
      const summary = `${count} sessions abandoned${playbacks > 0 ? `, ${playbacks} playbacks` : ''}`;
      return { summary, isEventful: count + playbacks > 0 };
    },
  };
}
