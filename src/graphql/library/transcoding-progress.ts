import { notFound } from '../../domain/errors.js';
import { TranscodingJobStatus } from '../../domain/library/enums.js';
import type { TranscodingJob as JobModel } from '../../domain/library/transcoding.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { follow, type Followed } from '../shared/follow.js';
import { TranscodingJob } from './transcoding-job.js';

const OPEN: readonly number[] = [TranscodingJobStatus.PENDING, TranscodingJobStatus.PROCESSING];

/** Ends with the state in which the job was completed, failed for good or aborted. */
const followedJob = ({ store }: Services, jobUuid: string): Followed<JobModel> => ({
  topic: 'transcodingJob',
  uuid: jobUuid,
  read: async () => {
    const [job] = await store.transcoding.listJobsByUuids([jobUuid]);
    if (job === undefined) throw notFound('There is no transcoding job with this UUID');
    return job;
  },
  isLast: ({ status }) => !OPEN.includes(status),
});

builder.subscriptionFields((t) => ({
  transcodingProgress: t.field({
    type: TranscodingJob,
    description:
      'The transcoding job now, and again after changes made through this server, at most ten times a second; ends with the job.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { jobUuid }, { services }) =>
      services.streams.open((signal) => follow(services, followedJob(services, jobUuid), signal)),
    resolve: (job) => job,
  }),
}));
