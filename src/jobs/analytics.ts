import type { AnalyticsSync, SyncReport } from '../domain/analytics/engine.js';
import { DAY_MS } from '../domain/time.js';
import type { Metrics } from '../observability/metrics.js';
import type { Job, JobResult } from './job.js';

/** Counts what a sync did. */
async function observed(metrics: Metrics, sync: () => Promise<SyncReport>): Promise<JobResult> {
  const { comparedCount, copiedCount, rowCount, tombstoneCount } = await sync();
  metrics.analyticsRows.inc(rowCount);
  return {
    summary: `${comparedCount} windows compared, ${copiedCount} copied with ${rowCount} rows, ${tombstoneCount} tombstones`,
    isEventful: copiedCount + tombstoneCount > 0,
  };
}

/** Copies what is new to the analytics engine. Every process has an engine of its own. */
export function analyticsSyncJob(engine: AnalyticsSync, metrics: Metrics, intervalMs: number): Job {
  return {
    name: 'analytics-sync',
    intervalMs,
    isFrequent: true,
    runsAtStart: true,
    isPerInstance: true,
    run: (signal) => observed(metrics, () => engine.sync(signal)),
  };
}

/** Compares the whole copy with the store: what was deleted or changed long after it was copied. */
export function analyticsReconcileJob(engine: AnalyticsSync, metrics: Metrics): Job {
  return {
    name: 'analytics-reconcile',
    intervalMs: DAY_MS,
    isFrequent: false,
    runsAtStart: false,
    isPerInstance: true,
    run: (signal) => observed(metrics, () => engine.reconcile(signal)),
  };
}
