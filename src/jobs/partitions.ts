import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { Metrics } from '../observability/metrics.js';
import type { Job } from './job.js';

/** Makes the parts of the months ahead, and tells of facts that no part was there for. */
export function partitionsJob(
  maintenance: MaintenanceStore,
  clock: Clock,
  metrics: Metrics,
  intervalMs: number,
): Job {
  return {
    name: 'partitions',
    intervalMs,
    isFrequent: false,
    runsAtStart: true,
    async run() {
      const report = await maintenance.ensurePartitions(clock.now());
      if (report === null) return { summary: 'facts are kept in one piece', isEventful: false };
      const { madeCount, defaultRowCount } = report;
      metrics.defaultPartitionRows.set(defaultRowCount);
      return {
        summary: `${madeCount} made, ${defaultRowCount} rows in the default partition`,
        isEventful: madeCount > 0 || defaultRowCount > 0,
      };
    },
  };
}
