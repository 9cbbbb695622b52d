import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Job } from './job.js';

/** Keeps the planner's statistics true. */
export function optimizeJob(maintenance: MaintenanceStore, intervalMs: number): Job {
  return {
    name: 'optimize',
    intervalMs,
    isFrequent: false,
    runsAtStart: false,
    async run() {
      await maintenance.optimize();
      return { summary: 'statistics refreshed', isEventful: true };
    },
  };
}
