import { badInput } from '../../domain/errors.js';
import { JobStatus, type JobRun as RunModel, type JobState as StateModel } from '../../domain/job.js';
import type { StorageGauges } from '../../domain/stats-store.js';
import type { WriterStatus } from '../../domain/write-command.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { known, values } from '../shared/integer-enum.js';
import { sleep } from '../shared/wakeup.js';

interface Status {
  readonly services: Services;
  readonly atMs: number;
}

const QueueStatus = builder.objectRef<WriterStatus>('QueueStatus').implement({
  description: 'accepted = flushed + duplicates + dropped + deadLetters + depth + what is in flight.',
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: 'Commands that wait.' }),
    cap: t.exposeInt('cap'),
    accepted: t.expose('accepted', {
      type: 'SafeInt',
      description: 'Since the start of the process, like all below.',
    }),
    flushed: t.expose('flushed', { type: 'SafeInt', description: 'Commands whose effect is committed.' }),
    duplicates: t.expose('duplicates', { type: 'SafeInt' }),
    dropped: t.expose('dropped', { type: 'SafeInt' }),
    deadLetters: t.expose('deadLetters', { type: 'SafeInt' }),
    lastFlushMs: t.expose('lastFlushMs', { type: 'EpochMs', nullable: true }),
    isRetrying: t.exposeBoolean('isRetrying', {
      description: 'Storage is away and a flush is being tried again.',
    }),
  }),
});

const JobStatusEnum = builder.enumType('JobStatus', { values: values(JobStatus) });

export const JobRun = builder.objectRef<RunModel>('JobRun').implement({
  fields: (t) => ({
    jobName: t.exposeString('jobName'),
    status: t.field({
      type: JobStatusEnum,
      resolve: ({ status }) => known(JobStatus, status),
    }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAtMs }) => showable(startedAtMs) }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ finishedAtMs }) => showableOrNull(finishedAtMs),
    }),
    summary: t.exposeString('summary', { nullable: true }),
  }),
});

const JobState = builder.objectRef<StateModel>('JobState').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    intervalMs: t.expose('intervalMs', { type: 'SafeInt' }),
    isRunning: t.exposeBoolean('isRunning'),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ nextRunAtMs }) => (nextRunAtMs === null ? null : showable(Math.round(nextRunAtMs))),
    }),
    lastRun: t.expose('lastRun', { type: JobRun, nullable: true }),
  }),
});

const StorageStatus = builder
  .objectRef<StorageGauges & { readonly description: string }>('StorageStatus')
  .implement({
    fields: (t) => ({
      description: t.exposeString('description', { description: 'Such as: sqlite 3.53.2' }),
      databaseBytes: t.expose('databaseBytes', { type: 'SafeInt' }),
      walBytes: t.expose('walBytes', { type: 'SafeInt' }),
      freeBytes: t.expose('freeBytes', { type: 'SafeInt' }),
    }),
  });

const ServerStatus = builder.objectRef<Status>('ServerStatus').implement({
  fields: (t) => ({
    version: t.string({ resolve: ({ services }) => services.info.version }),
    at: t.field({ type: 'DateTime', resolve: ({ atMs }) => atMs }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ services }) => services.info.startedAtMs }),
    uptimeMs: t.field({ type: 'SafeInt', resolve: ({ services, atMs }) => atMs - services.info.startedAtMs }),
    timezone: t.field({ type: 'TimeZone', resolve: ({ services }) => services.timezone }),
    queue: t.field({ type: QueueStatus, resolve: ({ services }) => services.info.writer() }),
    jobs: t.field({ type: [JobState], resolve: ({ services }) => [...services.jobs.states()] }),
    storage: t.field({
      type: StorageStatus,
      resolve: async ({ services }) => ({
        description: services.store.description,
        ...(await services.store.maintenance.gauges()),
      }),
    }),
    databaseBytes: t.field({
      type: 'SafeInt',
      resolve: async ({ services }) => (await services.store.maintenance.gauges()).databaseBytes,
    }),
  }),
});

const now = (services: Services): Status => ({ services, atMs: services.clock.now() });

async function* statuses(
  services: Services,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<Status> {
  while (!signal.aborted) {
    yield now(services);
    await sleep(services.clock, intervalMs, signal);
  }
}

builder.queryFields((t) => ({
  serverStatus: t.field({ type: ServerStatus, resolve: (_root, _args, { services }) => now(services) }),
}));

builder.subscriptionFields((t) => ({
  serverStatus: t.field({
    type: ServerStatus,
    args: { intervalMs: t.arg.int({ defaultValue: 1000 }) },
    subscribe(_root, { intervalMs }, { services }) {
      const interval = intervalMs ?? 1000;
      if (interval < 100 || interval > 3_600_000) throw badInput('intervalMs must be from 100 to 3600000');
      return services.streams.open((signal) => statuses(services, interval, signal));
    },
    resolve: (status) => status,
  }),
}));
