import { wordOf } from '../../domain/code-word.js';
import { conflict, notFound } from '../../domain/errors.js';
import { ExtractionJobStatus, ExtractionJobType, ResultOrigin } from '../../domain/transcripts/enums.js';
import {
  checkItemCount,
  MAX_CODE_CHARS,
  MAX_EXTRACTION_ITEMS,
  MAX_NAME_CHARS,
  MAX_URL_CHARS,
  optionalText,
  requiredText,
  toExpectedCount,
  toExtractionResult,
  toMetadataJson,
} from '../../domain/transcripts/job-input.js';
import type {
  ExtractionJob as JobModel,
  ExtractionJobTransition,
  ExtractionResult as ResultModel,
} from '../../domain/transcripts/jobs.js';
import type { Video as VideoModel } from '../../domain/immersion/types.js';
import { builder } from '../builder.js';
import type { Context, Services } from '../context.js';
import { Video } from '../immersion/video.js';
import { askable } from '../shared/integer-enum.js';
import { needs } from '../shared/scope.js';
import { ExtractionJob } from './extraction-job.js';
import { ExtractionResult } from './extraction-result.js';
import {
  CreateExtractionJobInput,
  FailExtractionJobInput,
  RecordExtractionResultsInput,
  toVideo,
} from './job-inputs.js';

interface CreatedJob {
  readonly job: JobModel;
  readonly cached: readonly ResultModel[];
  readonly missing: readonly VideoModel[];
}

const CreateExtractionJobPayload = builder.objectRef<CreatedJob>('CreateExtractionJobPayload').implement({
  description: 'The job, what the cache answered of it, and what remains to be extracted.',
  fields: (t) => ({
    job: t.expose('job', { type: ExtractionJob }),
    cachedResults: t.field({
      type: [ExtractionResult],
      description: 'Transcripts and remembered failures; at most 1000.',
      resolve: ({ cached }) => [...cached],
    }),
    videosToExtract: t.field({
      type: [Video],
      description: 'Videos without a result; at most 1000.',
      resolve: ({ missing }) => [...missing],
    }),
  }),
});

interface Recorded {
  readonly job: JobModel;
  readonly storedCount: number;
  readonly duplicateCount: number;
}

const RecordExtractionResultsPayload = builder
  .objectRef<Recorded>('RecordExtractionResultsPayload')
  .implement({
    fields: (t) => ({
      job: t.expose('job', { type: ExtractionJob }),
      stored: t.exposeInt('storedCount'),
      duplicates: t.exposeInt('duplicateCount', {
        description: 'Results of videos that had one: the first one stays.',
      }),
    }),
  });

export async function jobOf({ store }: Services, jobUuid: string): Promise<JobModel> {
  const job = await store.transcripts.getExtractionJob(jobUuid);
  if (job === null) throw notFound('There is no extraction job with this UUID');
  return job;
}

async function answerOf(job: JobModel, { services, loaders }: Context): Promise<CreatedJob> {
  const { transcripts } = services.store;
  const all = { direction: 'forward', size: MAX_EXTRACTION_ITEMS, start: null } as const;
  const [cached, missing] = await Promise.all([
    transcripts.listExtractionResults(job.jobId, ResultOrigin.CACHE, all),
    transcripts.listMissingVideoIds(job.jobId, all),
  ]);
  const videos = await Promise.all(missing.rows.map((videoId) => loaders.video.load(videoId)));
  return { job, cached: cached.rows, missing: videos.filter((video) => video !== null) };
}

/** Throws NOT_FOUND, or CONFLICT when the job may not go there from where it is. */
async function move(transition: ExtractionJobTransition, { services }: Context): Promise<JobModel> {
  const isMoved = await services.store.transcripts.moveExtractionJob(transition, services.clock.now());
  const job = await jobOf(services, transition.jobUuid);
  if (!isMoved)
    throw conflict(
      `A job that is ${wordOf(ExtractionJobStatus, job.status)} cannot become ${wordOf(ExtractionJobStatus, transition.to)}`,
    );
  services.feed.publish('extractionJob', [transition.jobUuid]);
  return job;
}

builder.mutationFields((t) => ({
  createExtractionJob: t.field({
    ...needs('ingest'),
    type: CreateExtractionJobPayload,
    description:
      'Stores a job and answers at once what the cache has of it and what is missing. A job that is there already under this UUID stays as it is.',
    args: { input: t.arg({ type: CreateExtractionJobInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { services } = context;
      checkItemCount(input.videos, 'videos');
      const jobUuid = input.jobUuid ?? services.newUuid();
      const job = {
        jobUuid,
        type: askable(ExtractionJobType, input.type),
        playlistKey: optionalText(input.playlistKey, 'playlistKey', MAX_NAME_CHARS),
        playlistUrl: optionalText(input.playlistUrl, 'playlistUrl', MAX_URL_CHARS),
        playlistTitle: optionalText(input.playlistTitle, 'playlistTitle', MAX_NAME_CHARS),
        expectedCount: toExpectedCount(input.expectedCount),
        metadataJson: toMetadataJson(input.metadata),
        videos: input.videos.map(toVideo),
      };
      const isNew = await services.store.transcripts.createExtractionJob(job, services.clock.now());
      const answer = await answerOf(await jobOf(services, jobUuid), context);
      // A job looks every video up in the cache, once.
      if (isNew) services.lookups.count([...answer.cached, ...answer.missing.map(() => null)]);
      return answer;
    },
  }),
  startExtractionJob: t.field({
    ...needs('ingest'),
    type: ExtractionJob,
    description: 'Makes a pending job a processing one; the first results do so too. CONFLICT otherwise.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { jobUuid }, context) =>
      move({ jobUuid, to: ExtractionJobStatus.PROCESSING, errorCode: null, errorMessage: null }, context),
  }),
  recordExtractionResults: t.field({
    ...needs('ingest'),
    type: RecordExtractionResultsPayload,
    description:
      'One result for each video of a job: sent again it changes nothing. CONFLICT when the job has ended without them.',
    args: { input: t.arg({ type: RecordExtractionResultsInput, required: true }) },
    async resolve(_root, { input }, { services }) {
      checkItemCount(input.results, 'results');
      const limits = { nowMs: services.clock.now(), maxFutureSkewMs: services.limits.maxFutureSkewMs };
      const results = input.results.map((item) =>
        toExtractionResult({ ...item, video: toVideo(item.video) }, limits),
      );
      const { jobUuid } = input;
      const recorded = await services.store.transcripts.recordExtractionResults(
        jobUuid,
        results,
        limits.nowMs,
      );
      const job = await jobOf(services, jobUuid);
      if (recorded === null)
        throw conflict(`A job that is ${wordOf(ExtractionJobStatus, job.status)} takes no results`);
      services.feed.publish('extractionJob', [jobUuid]);
      return { job, ...recorded };
    },
  }),
  completeExtractionJob: t.field({
    ...needs('ingest'),
    type: ExtractionJob,
    description: 'CONFLICT when the job has ended already.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { jobUuid }, context) =>
      move({ jobUuid, to: ExtractionJobStatus.COMPLETED, errorCode: null, errorMessage: null }, context),
  }),
  failExtractionJob: t.field({
    ...needs('ingest'),
    type: ExtractionJob,
    description: 'CONFLICT when the job has ended already.',
    args: { input: t.arg({ type: FailExtractionJobInput, required: true }) },
    resolve: (_root, { input }, context) =>
      move(
        {
          jobUuid: input.jobUuid,
          to: ExtractionJobStatus.FAILED,
          errorCode: requiredText(input.errorCode, 'errorCode', MAX_CODE_CHARS),
          errorMessage: optionalText(input.errorMessage, 'errorMessage', MAX_URL_CHARS),
        },
        context,
      ),
  }),
  abortExtractionJob: t.field({
    ...needs('ingest'),
    type: ExtractionJob,
    description: 'CONFLICT when the job has ended already.',
    args: {
      jobUuid: t.arg({ type: 'UUID', required: true }),
      reason: t.arg.string({ description: 'Becomes its errorMessage.' }),
    },
    resolve: (_root, { jobUuid, reason }, context) =>
      move(
        {
          jobUuid,
          to: ExtractionJobStatus.ABORTED,
          errorCode: null,
          errorMessage: optionalText(reason, 'reason', MAX_URL_CHARS),
        },
        context,
      ),
  }),
}));
