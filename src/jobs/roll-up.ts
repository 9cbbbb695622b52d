import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Job } from './job.js';

/** Rolls up what became dirty. Reads do the same on demand, so this only keeps them from having to. */
export function rollUpJob(maintenance: MaintenanceStore, intervalMs: number): Job {
  return {
    name: 'roll-up',
    intervalMs,
    isFrequent: true,
    runsAtStart: false,
    async run(signal) {
      const { cellsCount, daysCount, monthsCount } = await maintenance.rollUp(signal);
      return {
        summary: `${cellsCount} slices, ${daysCount} days, ${monthsCount} months`,
        isEventful: cellsCount > 0,
      };
    },
  };
}
