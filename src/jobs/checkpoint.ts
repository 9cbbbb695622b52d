import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Metrics } from '../observability/metrics.js';
import type { Job } from './job.js';

/** Moves the write-ahead log into the database without waiting for readers, and measures both. */
export function checkpointJob(maintenance: MaintenanceStore, metrics: Metrics, intervalMs: number): Job {
  return {
    name: 'checkpoint',
    intervalMs,
    isFrequent: true,
    runsAtStart: false,
    async run() {
      await maintenance.checkpoint();
      const { databaseBytes, walBytes, freeBytes } = await maintenance.gauges();
      metrics.databaseBytes.set(databaseBytes);
      metrics.walBytes.set(walBytes);
      metrics.freeBytes.set(freeBytes);
      return { summary: `write-ahead log ${walBytes} bytes`, isEventful: false };
    },
  };
}
