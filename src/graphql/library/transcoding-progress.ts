import { notFound, unavailable } from '../../domain/errors.js';
import { TranscodingJobStatus } from '../../domain/library/enums.js';
import type { TranscodingJob as JobModel } from '../../domain/library/transcoding.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { TranscodingJob } from './transcoding-job.js';

/** Least time between two answers of one subscription, ms: what changed meanwhile is in the next. */
const MIN_PROGRESS_MS = 100;

const OPEN: readonly number[] = [TranscodingJobStatus.PENDING, TranscodingJobStatus.PROCESSING];

/** Ends with the state in which the job was completed, failed for good or aborted. */
async function* transcodingProgress(
  services: Services,
  jobUuid: string,
  signal: AbortSignal,
): AsyncGenerator<JobModel> {
  const wakeup = new Wakeup();
  const stop = services.feed.listen('transcodingJob', jobUuid, () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    while (!signal.aborted) {
      const [job] = await services.store.transcoding.listJobsByUuids([jobUuid]);
      if (job === undefined) throw notFound('There is no transcoding job with this UUID');
      yield job;
      if (!OPEN.includes(job.status)) return;
      await wakeup.wait(signal);
      await sleep(services.clock, MIN_PROGRESS_MS, signal);
    }
  } finally {
    stop();
  }
}

builder.subscriptionFields((t) => ({
  transcodingProgress: t.field({
    type: TranscodingJob,
    description:
      'The transcoding job now, and again after changes made through this server, at most ten times a second; ends with the job.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { jobUuid }, { services }) =>
      services.streams.open((signal) => transcodingProgress(services, jobUuid, signal)),
    resolve: (job) => job,
  }),
}));
