import type { RetentionDays } from '../domain/retention.js';
import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { Job } from './job.js';

/** Removes what left its retention window, after rolling up. */
export function pruneJob(
  maintenance: MaintenanceStore,
  retention: RetentionDays,
  clock: Clock,
  intervalMs: number,
): Job {
  return {
    name: 'prune',
    intervalMs,
    isFrequent: false,
    runsAtStart: true,
    async run(signal) {
      const reports = await maintenance.prune(retention, clock.now(), { isDryRun: false }, signal);
      const removed = reports.filter((report) => report.rowCount > 0);
      const summary = removed.map((report) => `${report.table} ${report.rowCount}`).join(', ');
      return { summary: summary || 'nothing to remove', isEventful: removed.length > 0 };
    },
  };
}
