import type { AnalyticsSync, SyncReport } from '../domain/analytics/engine.js';
import { DAY_MS } from '../domain/time.js';
import type { Job } from './job.js';

const toResult = ({ comparedCount, copiedCount }: SyncReport) => ({
  summary: `${comparedCount} windows compared, ${copiedCount} copied`,
  isEventful: copiedCount > 0,
});

/** Copies what is new to the analytics engine. Every process has an engine of its own. */
export function analyticsSyncJob(engine: AnalyticsSync, intervalMs: number): Job {
  return {
    name: 'analytics-sync',
    intervalMs,
    isFrequent: true,
    runsAtStart: true,
    isPerInstance: true,
    run: async (signal) => toResult(await engine.sync(signal)),
  };
}

/** Compares the whole copy with the store: what was deleted or changed long after it was copied. */
export function analyticsReconcileJob(engine: AnalyticsSync): Job {
  return {
    name: 'analytics-reconcile',
    intervalMs: DAY_MS,
    isFrequent: false,
    runsAtStart: false,
    isPerInstance: true,
    run: async (signal) => toResult(await engine.reconcile(signal)),
  };
}
