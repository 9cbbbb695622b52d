import { parsePage } from '../../domain/page.js';
import { parseStoredJson } from '../../domain/stored-json.js';
import { ExtractionJobStatus, ExtractionJobType, ResultOrigin } from '../../domain/transcripts/enums.js';
import type {
  ExtractionJob as JobModel,
  ExtractionProgress as ProgressModel,
} from '../../domain/transcripts/jobs.js';
import { builder } from '../builder.js';
import { Video, VideoConnection, videoIdOf } from '../immersion/video.js';
import { toConnection } from '../shared/connection.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { ExtractionJobStatusEnum, ExtractionJobTypeEnum, ResultOriginEnum } from './enums.js';
import { ExtractionResult, ExtractionResultConnection } from './extraction-result.js';

const ExtractionProgress = builder.objectRef<ProgressModel>('ExtractionProgress').implement({
  description: 'Counted from the results of the job whenever it is asked for.',
  fields: (t) => ({
    total: t.exposeInt('totalCount', {
      description: 'Videos that the job names, or as many as were expected when that is more.',
    }),
    processed: t.exposeInt('processedCount', { description: 'Videos with a result.' }),
    succeeded: t.exposeInt('succeededCount'),
    failed: t.exposeInt('failedCount'),
    cached: t.exposeInt('cachedCount', { description: 'Of the processed ones, answered by the cache.' }),
  }),
});

export const ExtractionJob = builder.objectRef<JobModel>('ExtractionJob');

builder.node(ExtractionJob, {
  description: 'A batch of videos, or a playlist, whose transcripts somebody extracts.',
  id: { resolve: ({ jobUuid }) => jobUuid },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'jobType' in value,
  loadOne: (uuid, { loaders }) => loaders.extractionJobByUuid.load(uuid),
  fields: (t) => ({
    jobUuid: t.expose('jobUuid', { type: 'UUID' }),
    type: t.field({ type: ExtractionJobTypeEnum, resolve: (j) => known(ExtractionJobType, j.jobType) }),
    status: t.field({ type: ExtractionJobStatusEnum, resolve: (j) => known(ExtractionJobStatus, j.status) }),
    playlistKey: t.exposeString('playlistKey', { nullable: true }),
    playlistUrl: t.exposeString('playlistUrl', { nullable: true }),
    playlistTitle: t.exposeString('playlistTitle', { nullable: true }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAtMs }) => showable(createdAtMs) }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAtMs }) => showable(updatedAtMs) }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ startedAtMs }) => showableOrNull(startedAtMs),
    }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was completed, failed or aborted.',
      resolve: ({ completedAtMs }) => showableOrNull(completedAtMs),
    }),
    errorCode: t.exposeString('errorCode', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    metadata: t.field({
      type: 'JSON',
      nullable: true,
      resolve: ({ metadataJson }) => parseStoredJson(metadataJson),
    }),
    progress: t.field({
      type: ExtractionProgress,
      resolve: ({ jobId }, _args, { loaders }) => loaders.extractionProgress.load(jobId),
    }),
    results: t.connection(
      {
        type: ExtractionResult,
        description: 'In the order in which the videos became known.',
        args: { origin: t.arg({ type: ResultOriginEnum }) },
        async resolve({ jobId, jobUuid }, args, { services }) {
          const origin = args.origin == null ? null : askable(ResultOrigin, args.origin);
          const scope = `extractionResults ${jobUuid} ${origin ?? ''}`;
          const request = parsePage(args, scope, 1);
          const page = await services.store.transcripts.listExtractionResults(jobId, origin, request);
          return toConnection(page, request, scope, (result) => [result.videoId]);
        },
      },
      ExtractionResultConnection,
    ),
    missingVideos: t.connection(
      {
        type: Video,
        description: 'Videos without a result, in the order in which they became known.',
        async resolve({ jobId, jobUuid }, args, { services, loaders }) {
          const scope = `missingVideos ${jobUuid}`;
          const request = parsePage(args, scope, 1);
          const page = await services.store.transcripts.listMissingVideoIds(jobId, request);
          const videos = await Promise.all(page.rows.map((videoId) => loaders.video.load(videoId)));
          const rows = videos.filter((video) => video !== null);
          return toConnection({ ...page, rows }, request, scope, ({ videoId }) => [videoId]);
        },
      },
      VideoConnection,
    ),
  }),
});

const ExtractionJobFilterInput = builder.inputType('ExtractionJobFilter', {
  fields: (t) => ({
    status: t.field({ type: ExtractionJobStatusEnum }),
    type: t.field({ type: ExtractionJobTypeEnum }),
    videoKey: t.string({ description: 'Jobs that name this video.' }),
  }),
});

const ExtractionJobConnection = builder.connectionObject(
  {
    type: ExtractionJob,
    name: 'ExtractionJobConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'ExtractionJobEdge' },
);

builder.queryFields((t) => ({
  extractionJob: t.field({
    type: ExtractionJob,
    nullable: true,
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { jobUuid }, { loaders }) => loaders.extractionJobByUuid.load(jobUuid),
  }),
  extractionJobs: t.connection(
    {
      type: ExtractionJob,
      description: 'Newest first.',
      args: { filter: t.arg({ type: ExtractionJobFilterInput }) },
      async resolve(_root, args, { services, loaders }) {
        const { status, type, videoKey } = args.filter ?? {};
        const filter = {
          status: status == null ? null : askable(ExtractionJobStatus, status),
          type: type == null ? null : askable(ExtractionJobType, type),
          videoId: videoKey == null ? null : await videoIdOf(videoKey, loaders),
        };
        const scope = `extractionJobs ${JSON.stringify(filter)}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.transcripts.listExtractionJobs(filter, request);
        const connection = toConnection(page, request, scope, (job) => [job.createdAtMs, job.jobId]);
        return { ...connection, countAll: () => services.store.transcripts.countExtractionJobs(filter) };
      },
    },
    ExtractionJobConnection,
  ),
}));
