import { QualityStatus, TranscodingJobStatus, TranscodingStep } from '../../domain/library/enums.js';
import {
  isStale,
  type QualityProgress as QualityProgressModel,
  type TranscodingJob as JobModel,
  type TranscodingJobFilter,
} from '../../domain/library/transcoding.js';
import { parseWorkerId } from '../../domain/library/transcoding-input.js';
import { parsePage } from '../../domain/page.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { askable, known, values } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { Entry } from './entry.js';

export const TranscodingJobStatusEnum = builder.enumType('TranscodingJobStatus', {
  values: values(TranscodingJobStatus),
});
export const TranscodingStepEnum = builder.enumType('TranscodingStep', {
  values: values(TranscodingStep),
  description: 'In the order of the work.',
});
export const QualityStatusEnum = builder.enumType('QualityStatus', { values: values(QualityStatus) });

const QualityProgress = builder.objectRef<QualityProgressModel>('QualityProgress').implement({
  description: 'How far a transcoding job is with one quality.',
  fields: (t) => ({
    name: t.exposeString('name'),
    status: t.field({ type: QualityStatusEnum, resolve: ({ status }) => known(QualityStatus, status) }),
    segmentsTotal: t.expose('segmentsTotal', { type: 'SafeInt', nullable: true }),
    segmentsCompleted: t.expose('segmentsCompleted', { type: 'SafeInt' }),
    progressPercent: t.exposeInt('progressPercent', { description: '0 to 100.' }),
    widthPx: t.exposeInt('widthPx', { nullable: true }),
    heightPx: t.exposeInt('heightPx', { nullable: true }),
    bitrateKbps: t.exposeInt('bitrateKbps', { nullable: true }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: (q) => showableOrNull(q.startedAtMs) }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (q) => showableOrNull(q.completedAtMs),
    }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
  }),
});

export const TranscodingJob = builder.objectRef<JobModel>('TranscodingJob');

builder.node(TranscodingJob, {
  description: 'The work of turning the video of an entry into qualities that can be played.',
  id: { resolve: ({ jobUuid }) => jobUuid },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'leaseExpiresAtMs' in value,
  loadOne: (uuid, { loaders }) => loaders.transcodingJobByUuid.load(uuid),
  fields: (t) => ({
    jobUuid: t.expose('jobUuid', { type: 'UUID' }),
    entry: t.field({
      type: Entry,
      description: 'Also when it is deleted: then its job waits.',
      resolve: async ({ videoId }, _args, { loaders }) => {
        const entry = await loaders.entry.load(videoId);
        if (entry === null) throw new Error(`Transcoding job of video ${videoId} without its entry`);
        return entry;
      },
    }),
    status: t.field({
      type: TranscodingJobStatusEnum,
      resolve: ({ status }) => known(TranscodingJobStatus, status),
    }),
    workerId: t.exposeString('workerId', { nullable: true, description: 'Who claimed it last.' }),
    step: t.field({
      type: TranscodingStepEnum,
      nullable: true,
      resolve: ({ step }) => (step === null ? null : known(TranscodingStep, step)),
    }),
    progressPercent: t.exposeInt('progressPercent', { description: '0 to 100, of the attempt.' }),
    attemptNumber: t.exposeInt('attemptNumber', {
      description: 'From 1. Above maxAttempts none is left.',
    }),
    maxAttempts: t.exposeInt('maxAttempts'),
    enqueuedAt: t.field({ type: 'DateTime', resolve: (j) => showable(j.enqueuedAtMs) }),
    availableAt: t.field({
      type: 'DateTime',
      description: 'It is not claimed before: it rests after an attempt that was lost or failed.',
      resolve: (j) => showable(j.availableAtMs),
    }),
    updatedAt: t.field({ type: 'DateTime', resolve: (j) => showable(j.updatedAtMs) }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was claimed for the first time.',
      resolve: (j) => showableOrNull(j.startedAtMs),
    }),
    lastCheckpointAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its worker reported last.',
      resolve: (j) => showableOrNull(j.lastCheckpointMs),
    }),
    leaseExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'A worker that does not report before loses the job. Null when nobody works on it.',
      resolve: (j) => showableOrNull(j.leaseExpiresAtMs),
    }),
    isStale: t.boolean({
      description: 'Its lease expired and it is not taken back yet.',
      resolve: (job, _args, { services }) => isStale(job, services.clock.now()),
    }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of a completed job alone.',
      resolve: (j) => showableOrNull(j.completedAtMs),
    }),
    lastError: t.exposeString('lastError', { nullable: true }),
    regressions: t.expose('regressionsCount', {
      type: 'SafeInt',
      description: 'Reports that would have taken progress back: they changed nothing.',
    }),
    qualities: t.field({
      type: [QualityProgress],
      description: 'Highest first.',
      resolve: async ({ jobId }, _args, { loaders }) => [...(await loaders.qualityProgress.load(jobId))],
    }),
  }),
});

builder.objectField(Entry, 'transcodingJob', (t) =>
  t.field({
    type: TranscodingJob,
    nullable: true,
    resolve: ({ videoId }, _args, { loaders }) => loaders.transcodingJob.load(videoId),
  }),
);

const TranscodingJobFilterInput = builder.inputType('TranscodingJobFilter', {
  fields: (t) => ({
    status: t.field({ type: TranscodingJobStatusEnum }),
    workerId: t.string(),
    isStale: t.boolean({
      description: 'True: only jobs whose lease expired and that are not taken back yet.',
    }),
  }),
});

const TranscodingJobConnection = builder.connectionObject(
  {
    type: TranscodingJob,
    name: 'TranscodingJobConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'TranscodingJobEdge' },
);

builder.queryFields((t) => ({
  transcodingJob: t.field({
    type: TranscodingJob,
    nullable: true,
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { jobUuid }, { loaders }) => loaders.transcodingJobByUuid.load(jobUuid),
  }),
  transcodingJobs: t.connection(
    {
      type: TranscodingJob,
      description: 'Newest first.',
      args: { filter: t.arg({ type: TranscodingJobFilterInput }) },
      async resolve(_root, args, { services }) {
        const { transcoding } = services.store;
        const { status, workerId, isStale: onlyStale } = args.filter ?? {};
        const asked = {
          status: status == null ? null : askable(TranscodingJobStatus, status),
          workerId: workerId == null ? null : parseWorkerId(workerId),
        };
        const filter: TranscodingJobFilter = {
          ...asked,
          staleAtMs: onlyStale === true ? services.clock.now() : null,
        };
        const scope = `transcodingJobs ${JSON.stringify([asked, onlyStale === true])}`;
        const request = parsePage(args, scope, 2);
        const page = await transcoding.listJobs(filter, request);
        const connection = toConnection(page, request, scope, (job) => [job.enqueuedAtMs, job.jobId]);
        return { ...connection, countAll: () => transcoding.countJobs(filter) };
      },
    },
    TranscodingJobConnection,
  ),
}));
