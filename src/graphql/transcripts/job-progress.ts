import { notFound, unavailable } from '../../domain/errors.js';
import { ExtractionJobStatus } from '../../domain/transcripts/enums.js';
import type { ExtractionJob as JobModel } from '../../domain/transcripts/jobs.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { ExtractionJob } from './extraction-job.js';

/** Least time between two answers of one subscription, ms: what changed meanwhile is in the next. */
const MIN_PROGRESS_MS = 100;

const OPEN: readonly number[] = [ExtractionJobStatus.PENDING, ExtractionJobStatus.PROCESSING];

/** Ends with the state in which the job was completed, failed or aborted. */
async function* jobProgress(
  services: Services,
  jobUuid: string,
  signal: AbortSignal,
): AsyncGenerator<JobModel> {
  const wakeup = new Wakeup();
  const stop = services.feed.listen('extractionJob', jobUuid, () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    while (!signal.aborted) {
      const job = await services.store.transcripts.getExtractionJob(jobUuid);
      if (job === null) throw notFound('There is no extraction job with this UUID');
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
  jobProgress: t.field({
    type: ExtractionJob,
    description:
      'The extraction job now, and again after changes made through this server, at most ten times a second; ends with the job.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { jobUuid }, { services }) =>
      services.streams.open((signal) => jobProgress(services, jobUuid, signal)),
    resolve: (job) => job,
  }),
}));
