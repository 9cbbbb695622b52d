import { notFound } from '../../domain/errors.js';
import { ExtractionJobStatus } from '../../domain/transcripts/enums.js';
import type { ExtractionJob as JobModel } from '../../domain/transcripts/jobs.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { follow, type Followed } from '../shared/follow.js';
import { ExtractionJob } from './extraction-job.js';

const OPEN: readonly number[] = [ExtractionJobStatus.PENDING, ExtractionJobStatus.PROCESSING];

/** Ends with the state in which the job was completed, failed or aborted. */
const followedJob = ({ store }: Services, jobUuid: string): Followed<JobModel> => ({
  topic: 'extractionJob',
  uuid: jobUuid,
  read: async () => {
    const job = await store.transcripts.getExtractionJob(jobUuid);
    if (job === null) throw notFound('There is no extraction job with this UUID');
    return job;
  },
  isLast: ({ status }) => !OPEN.includes(status),
});

builder.subscriptionFields((t) => ({
  jobProgress: t.field({
    type: ExtractionJob,
    description:
      'The extraction job now, and again after changes made through this server, at most ten times a second; ends with the job.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { jobUuid }, { services }) =>
      services.streams.open((signal) => follow(services, followedJob(services, jobUuid), signal)),
    resolve: (job) => job,
  }),
}));
