import type { Config } from '../config/config.js';
import type { AnalyticsSync } from '../domain/analytics/engine.js';
import type { StatsStore } from '../domain/stats-store.js';
import { DAY_MS, HOUR_MS, type Clock } from '../domain/time.js';
import { analyticsReconcileJob, analyticsSyncJob } from '../jobs/analytics.js';
import { archivePurgeJob } from '../jobs/archive-purge.js';
import { cacheEvictionJob } from '../jobs/cache-eviction.js';
import { checkpointJob } from '../jobs/checkpoint.js';
import type { Job } from '../jobs/job.js';
import { optimizeJob } from '../jobs/optimize.js';
import { partitionsJob } from '../jobs/partitions.js';
import { pruneJob } from '../jobs/prune.js';
import { rollUpJob } from '../jobs/roll-up.js';
import { sweepJob } from '../jobs/sweep.js';
import { transcodingSweepJob } from '../jobs/transcoding-sweep.js';
import { vacuumJob } from '../jobs/vacuum.js';
import type { Metrics } from '../observability/metrics.js';

/** Every job of a server, in the order in which overdue ones run: roll-up before prune before vacuum. */
export function buildJobs(
  config: Config,
  store: StatsStore,
  clock: Clock,
  metrics: Metrics,
  isIdle: () => boolean,
  engine: AnalyticsSync | null,
  onTranscodingChanged: (jobUuids: readonly string[]) => void,
): readonly Job[] {
  const { jobs } = config;
  return [
    sweepJob(store.maintenance, clock, config.sessionIdleMs, jobs.sweepIntervalMs),
    rollUpJob(store.maintenance, jobs.rollUpIntervalMs),
    pruneJob(store.maintenance, config.retention, clock, jobs.pruneIntervalMs),
    archivePurgeJob(store.library, config.archiveRetentionDays, clock, jobs.pruneIntervalMs),
    transcodingSweepJob(store.transcoding, clock, onTranscodingChanged, jobs.sweepIntervalMs),
    cacheEvictionJob(store.transcriptCache, config.transcripts, clock, config.transcripts.evictionIntervalMs),
    vacuumJob(store.maintenance, isIdle, jobs.vacuumIntervalMs),
    optimizeJob(store.maintenance, HOUR_MS),
    checkpointJob(store.maintenance, metrics, jobs.checkpointIntervalMs),
    ...(config.storage.provider === 'postgres'
      ? [partitionsJob(store.maintenance, clock, metrics, DAY_MS)]
      : []),
    ...(engine === null
      ? []
      : [
          analyticsSyncJob(engine, metrics, config.analytics.syncIntervalMs),
          analyticsReconcileJob(engine, metrics),
        ]),
  ];
}
