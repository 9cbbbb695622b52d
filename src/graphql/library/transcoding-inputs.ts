import type { TranscodingJob as JobModel } from '../../domain/library/transcoding.js';
import { builder } from '../builder.js';
import { QualityStatusEnum, TranscodingJob, TranscodingStepEnum } from './transcoding-job.js';

export const EnqueueTranscodingInput = builder.inputType('EnqueueTranscodingInput', {
  fields: (t) => ({
    slug: t.string({ required: true, description: 'Of the entry.' }),
    jobUuid: t.field({
      type: 'UUID',
      description: 'Made by the server when absent; send your own to retry safely.',
    }),
    qualities: t.stringList({ description: 'Planned ones, at most 50; reports may bring others.' }),
    maxAttempts: t.int({ description: '1 to 20, 3 when absent.' }),
  }),
});

export const ClaimTranscodingJobInput = builder.inputType('ClaimTranscodingJobInput', {
  fields: (t) => ({
    workerId: t.string({ required: true, description: 'At most 100 characters.' }),
    claimUuid: t.field({
      type: 'UUID',
      description:
        'Made by the server when absent; send your own, a new one for each claim, to retry safely.',
    }),
  }),
});

const QualityReportInput = builder.inputType('QualityReportInput', {
  description: 'Fields that are absent stay as they are.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1080p' }),
    status: t.field({ type: QualityStatusEnum, required: true }),
    segmentsTotal: t.int(),
    segmentsCompleted: t.int(),
    progressPercent: t.int({ description: '0 to 100; that of the segments when absent.' }),
    widthPx: t.int(),
    heightPx: t.int(),
    bitrateKbps: t.int(),
    errorMessage: t.string({ description: 'Why it FAILED or was SKIPPED.' }),
  }),
});

const claim = (t: Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]) => ({
  jobUuid: t.field({ type: 'UUID', required: true }),
  claimUuid: t.field({ type: 'UUID', required: true, description: 'Of the claim that holds the job.' }),
});

export const ReportTranscodingProgressInput = builder.inputType('ReportTranscodingProgressInput', {
  fields: (t) => ({
    ...claim(t),
    step: t.field({ type: TranscodingStepEnum }),
    progressPercent: t.int({ description: 'Of the whole job, 0 to 100.' }),
    qualities: t.field({ type: [QualityReportInput], description: 'At most 50.' }),
  }),
});

export const CompleteTranscodingJobInput = builder.inputType('CompleteTranscodingJobInput', {
  fields: (t) => claim(t),
});

export const FailTranscodingJobInput = builder.inputType('FailTranscodingJobInput', {
  fields: (t) => ({
    ...claim(t),
    errorMessage: t.string({ required: true }),
    isFinal: t.boolean({ description: 'True: another attempt would fail as well.' }),
  }),
});

export const ClaimPayload = builder
  .objectRef<{ readonly job: JobModel; readonly claimUuid: string }>('ClaimTranscodingJobPayload')
  .implement({
    fields: (t) => ({
      job: t.expose('job', { type: TranscodingJob }),
      claimUuid: t.expose('claimUuid', { type: 'UUID', description: 'To be sent with every report.' }),
    }),
  });

/** The code of a part of a report that would take progress back. */
export const PROGRESS_BACKWARDS = 'PROGRESS_BACKWARDS';

/** Null is the step and percentage of the job itself. */
const IgnoredProgress = builder.objectRef<{ readonly quality: string | null }>('IgnoredProgress').implement({
  description: 'A part of a report that was not taken.',
  fields: (t) => ({
    quality: t.exposeString('quality', {
      nullable: true,
      description: 'Null: the step and percentage of the job.',
    }),
    code: t.string({ description: PROGRESS_BACKWARDS, resolve: () => PROGRESS_BACKWARDS }),
    message: t.string({
      resolve: ({ quality }) =>
        quality === null
          ? 'The job is further than that already'
          : 'The quality is further than that already, or done with',
    }),
  }),
});

export const ReportPayload = builder
  .objectRef<{ readonly job: JobModel; readonly ignored: readonly (string | null)[] }>(
    'ReportTranscodingProgressPayload',
  )
  .implement({
    fields: (t) => ({
      job: t.expose('job', { type: TranscodingJob }),
      ignored: t.field({
        type: [IgnoredProgress],
        description: 'What would have taken progress back.',
        resolve: ({ ignored }) => ignored.map((quality) => ({ quality })),
      }),
    }),
  });
