import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; a flush takes parts of a millisecond, a dashboard query a few. */
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** Everything `/metrics` tells. Label values come from closed sets. docs/metrics.md is generated from this. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    accepted: new Counter({
      name: 'kinostat_ingest_accepted_total',
      help: 'Commands taken into the queue, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    stored: new Counter({
      name: 'kinostat_ingest_stored_total',
      help: 'Commands whose effect is committed.',
      registers,
    }),
    duplicates: new Counter({
      name: 'kinostat_ingest_duplicates_total',
      help: 'Commands that changed nothing because the same was stored already.',
      registers,
    }),
    extractions: new Counter({
      name: 'kinostat_extractions_total',
      help: 'Extraction events stored for the first time, by risk (NONE, LOW, MEDIUM, HIGH, CRITICAL). One that is sent again does not count.',
      labelNames: ['risk'],
      registers,
    }),
    dropped: new Counter({
      name: 'kinostat_ingest_dropped_total',
      help: 'Commands lost, by kind and reason (overflow, shutdown).',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    refused: new Counter({
      name: 'kinostat_ingest_queue_full_total',
      help: 'Requests refused because the queue was full (BACKPRESSURE) or the server was stopping.',
      registers,
    }),
    rejected: new Counter({
      name: 'kinostat_ingest_rejected_total',
      help: 'Items refused by validation, by code.',
      labelNames: ['code'],
      registers,
    }),
    truncated: new Counter({
      name: 'kinostat_ingest_truncated_total',
      help: 'Payloads replaced because they were over the cap.',
      registers,
    }),
    deadLetters: new Counter({
      name: 'kinostat_ingest_dead_letters_total',
      help: 'Commands put into the dead letters, by code.',
      labelNames: ['code'],
      registers,
    }),
    revived: new Counter({
      name: 'kinostat_ingest_revived_total',
      help: 'Dead letters applied because their session started.',
      registers,
    }),
    discarded: new Counter({
      name: 'kinostat_ingest_dead_letters_discarded_total',
      help: 'Dead letters that had to make room for newer ones.',
      registers,
    }),
    retries: new Counter({
      name: 'kinostat_writer_retries_total',
      help: 'Flushes tried again after a transient failure.',
      registers,
    }),
    splits: new Counter({
      name: 'kinostat_writer_splits_total',
      help: 'Batches cut in halves to find a poison command.',
      registers,
    }),
    flushes: new Counter({
      name: 'kinostat_writer_flushes_total',
      help: 'Committed flushes.',
      registers,
    }),
    flushSeconds: new Histogram({
      name: 'kinostat_writer_flush_seconds',
      help: 'Time from taking a batch to its commit.',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    flushCommands: new Histogram({
      name: 'kinostat_writer_flush_commands_count',
      help: 'Commands of a flush.',
      buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'kinostat_queue_depth_count',
      help: 'Commands waiting for a flush.',
      registers,
    }),
    queueCap: new Gauge({ name: 'kinostat_queue_cap_count', help: 'The queue cap.', registers }),
    workerCrashes: new Counter({
      name: 'kinostat_storage_worker_crashes_total',
      help: 'Database threads that ended unexpectedly and were started again.',
      registers,
    }),
    connectionsLost: new Counter({
      name: 'kinostat_storage_connections_lost_total',
      help: 'Idle connections to PostgreSQL that ended unexpectedly.',
      registers,
    }),
    defaultPartitionRows: new Gauge({
      name: 'kinostat_default_partition_rows_count',
      help: 'Facts in PostgreSQL that no monthly partition was there for. Above 0: look at the job partitions.',
      registers,
    }),
    databaseBytes: new Gauge({ name: 'kinostat_database_bytes', help: 'Size of the database.', registers }),
    walBytes: new Gauge({
      name: 'kinostat_database_wal_bytes',
      help: 'Size of the write-ahead log.',
      registers,
    }),
    freeBytes: new Gauge({
      name: 'kinostat_database_free_bytes',
      help: 'Free pages inside the database.',
      registers,
    }),
    jobRuns: new Counter({
      name: 'kinostat_job_runs_total',
      help: 'Finished job runs, by job and status (succeeded, failed, cancelled).',
      labelNames: ['job', 'status'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'kinostat_job_seconds',
      help: 'Duration of job runs, by job.',
      labelNames: ['job'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    httpRequests: new Counter({
      name: 'kinostat_http_requests_total',
      help: 'Answered HTTP requests, by route and status class.',
      labelNames: ['route', 'status'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'kinostat_http_request_seconds',
      help: 'Time to the end of the answer, by route (subscriptions excluded).',
      labelNames: ['route'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    graphqlErrors: new Counter({
      name: 'kinostat_graphql_errors_total',
      help: 'Errors answered by GraphQL, by code.',
      labelNames: ['code'],
      registers,
    }),
    subscriptions: new Gauge({
      name: 'kinostat_subscriptions_count',
      help: 'Open GraphQL subscriptions.',
      registers,
    }),
    replays: new Gauge({ name: 'kinostat_replays_count', help: 'Open replays.', registers }),
    replaysRefused: new Counter({
      name: 'kinostat_replays_refused_total',
      help: 'Replays refused because as many as may be were open.',
      registers,
    }),
    analyticsRows: new Counter({
      name: 'kinostat_analytics_copied_rows_total',
      help: 'Rows copied to DuckDB; how long that took is kinostat_job_seconds of analytics-sync and analytics-reconcile.',
      registers,
    }),
    analyticsLag: new Gauge({
      name: 'kinostat_analytics_lag_seconds',
      help: 'Age of the copy in DuckDB: since its last complete sync began. -1 as long as the store answers.',
      registers,
    }),
    probes: new Counter({
      name: 'kinostat_media_probes_total',
      help: 'Probed media files, by result (described, missing, refused, failed).',
      labelNames: ['result'],
      registers,
    }),
  };
}

/** Event loop lag, heap, RSS and file handles; once per process. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry, prefix: 'kinostat_' });
}
