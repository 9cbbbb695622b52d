import { wordOf } from '../../domain/code-word.js';
import { conflict, notFound } from '../../domain/errors.js';
import { QualityStatus, TranscodingJobStatus, TranscodingStep } from '../../domain/library/enums.js';
import { isHeld, type Claim, type TranscodingJob as JobModel } from '../../domain/library/transcoding.js';
import {
  parseMaxAttempts,
  parseQualityNames,
  parseReason,
  parseReport,
  parseWorkerId,
} from '../../domain/library/transcoding-input.js';
import { builder } from '../builder.js';
import type { Context, Services } from '../context.js';
import { askable } from '../shared/integer-enum.js';
import { needs } from '../shared/scope.js';
import { noEntry } from './entry.js';
import {
  ClaimPayload,
  ClaimTranscodingJobInput,
  CompleteTranscodingJobInput,
  EnqueueTranscodingInput,
  FailTranscodingJobInput,
  PROGRESS_BACKWARDS,
  ReportPayload,
  ReportTranscodingProgressInput,
} from './transcoding-inputs.js';
import { TranscodingJob } from './transcoding-job.js';

async function jobOf({ store }: Services, jobUuid: string): Promise<JobModel> {
  const [job] = await store.transcoding.listJobsByUuids([jobUuid]);
  if (job === undefined) throw notFound('There is no transcoding job with this UUID');
  return job;
}

/** The job after a change that its worker asked for. Throws NOT_FOUND, or CONFLICT when the claim does not hold it. */
async function changedBy(claim: Claim, isChanged: boolean, services: Services): Promise<JobModel> {
  const job = await jobOf(services, claim.jobUuid);
  if (!isChanged && (job.claimUuid !== claim.claimUuid || !isHeld(job, services.clock.now()))) {
    throw conflict(`The claim does not hold this job: it is ${wordOf(TranscodingJobStatus, job.status)}`);
  }
  return job;
}

/** Throws NOT_FOUND, or CONFLICT when the job was not in a status from which this is possible. */
async function changed(
  jobUuid: string,
  isChanged: boolean,
  what: string,
  services: Services,
): Promise<JobModel> {
  const job = await jobOf(services, jobUuid);
  if (!isChanged)
    throw conflict(`A job that is ${wordOf(TranscodingJobStatus, job.status)} cannot be ${what}`);
  services.feed.publish('transcodingJob', [jobUuid]);
  return job;
}

/** Throws NOT_FOUND, or CONFLICT when the entry has another job. */
async function enqueued(jobUuid: string, slug: string, { services, loaders }: Context): Promise<JobModel> {
  const entry = await services.store.library.getEntry(slug);
  if (entry === null || entry.deletedAtMs !== null) throw noEntry();
  const job = await loaders.transcodingJob.load(entry.videoId);
  if (job?.jobUuid !== jobUuid) throw conflict('The entry has a transcoding job already: retry that one');
  return job;
}

builder.mutationFields((t) => ({
  enqueueTranscoding: t.field({
    ...needs('admin'),
    type: TranscodingJob,
    description:
      'Asks for an entry to be transcoded. CONFLICT when it has a job already; sent again with the same UUID it changes nothing.',
    args: { input: t.arg({ type: EnqueueTranscodingInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { store, clock, newUuid } = context.services;
      const job = {
        jobUuid: input.jobUuid ?? newUuid(),
        slug: input.slug,
        maxAttempts: parseMaxAttempts(input.maxAttempts),
        qualities: parseQualityNames(input.qualities ?? []),
      };
      await store.transcoding.enqueue(job, clock.now());
      return enqueued(job.jobUuid, job.slug, context);
    },
  }),
  claimTranscodingJob: t.field({
    ...needs('ingest'),
    type: ClaimPayload,
    nullable: true,
    description:
      'Gives the oldest job that waits to this worker alone; null when none waits. Whoever has the claim must report before the lease expires. CONFLICT when a claim that was sent again is over.',
    args: { input: t.arg({ type: ClaimTranscodingJobInput, required: true }) },
    async resolve(_root, { input }, { services }) {
      const nowMs = services.clock.now();
      const claimUuid = input.claimUuid ?? services.newUuid();
      const job = await services.store.transcoding.claim(
        parseWorkerId(input.workerId),
        claimUuid,
        nowMs,
        nowMs + services.transcodingLeaseMs,
      );
      if (job === null) return null;
      if (!isHeld(job, nowMs)) throw conflict('This claim is over: use a new UUID for each claim');
      services.feed.publish('transcodingJob', [job.jobUuid]);
      return { job, claimUuid };
    },
  }),
  reportTranscodingProgress: t.field({
    ...needs('ingest'),
    type: ReportPayload,
    description:
      'Renews the lease. What would take progress back is left out, counted and told; the rest is taken. CONFLICT when the claim does not hold the job: the worker must stop.',
    args: { input: t.arg({ type: ReportTranscodingProgressInput, required: true }) },
    async resolve(_root, { input }, { services }) {
      const { store, clock, events, feed, transcodingLeaseMs } = services;
      const report = parseReport({
        step: input.step == null ? null : askable(TranscodingStep, input.step),
        progressPercent: input.progressPercent,
        qualities: (input.qualities ?? []).map((quality) => ({
          ...quality,
          status: askable(QualityStatus, quality.status),
        })),
      });
      const nowMs = clock.now();
      const outcome = await store.transcoding.report(input, report, nowMs, nowMs + transcodingLeaseMs);
      const job = await changedBy(input, outcome !== null, services);
      const ignored = [
        ...(outcome?.isStepIgnored === true ? [null] : []),
        ...(outcome?.ignoredQualities ?? []),
      ];
      ignored.forEach(() => events.itemRejected(PROGRESS_BACKWARDS));
      feed.publish('transcodingJob', [input.jobUuid]);
      return { job, ignored };
    },
  }),
  completeTranscodingJob: t.field({
    ...needs('ingest'),
    type: TranscodingJob,
    description:
      'The entry becomes READY and has the completed qualities. CONFLICT when the claim does not hold the job, or a quality is not done with. Sent again it changes nothing.',
    args: { input: t.arg({ type: CompleteTranscodingJobInput, required: true }) },
    async resolve(_root, { input }, { services }) {
      const isChanged = await services.store.transcoding.complete(input, services.clock.now());
      const job = await jobOf(services, input.jobUuid);
      const isMine = job.claimUuid === input.claimUuid;
      if (!isChanged && !(isMine && job.status === TranscodingJobStatus.COMPLETED)) {
        await changedBy(input, false, services);
        throw conflict('A quality is not done with, or none was completed: report them, or fail the job');
      }
      services.feed.publish('transcodingJob', [input.jobUuid]);
      return job;
    },
  }),
  failTranscodingJob: t.field({
    ...needs('ingest'),
    type: TranscodingJob,
    description:
      'Counts the attempt: the job rests and waits for another, or is FAILED when none is left. CONFLICT when the claim does not hold the job. Sent again it changes nothing.',
    args: { input: t.arg({ type: FailTranscodingJobInput, required: true }) },
    async resolve(_root, { input }, { services }) {
      const errorMessage = parseReason(input.errorMessage);
      const isChanged = await services.store.transcoding.fail(
        input,
        errorMessage,
        input.isFinal === true,
        services.clock.now(),
      );
      const job = await jobOf(services, input.jobUuid);
      const isSame = job.claimUuid === input.claimUuid && job.lastError === errorMessage;
      if (!isChanged && !isSame) await changedBy(input, false, services);
      services.feed.publish('transcodingJob', [input.jobUuid]);
      return job;
    },
  }),
  retryTranscodingJob: t.field({
    ...needs('admin'),
    type: TranscodingJob,
    description:
      'Puts a job that ended back, with all its attempts. Qualities of a failed one that were completed stay so; a completed one is done again whole. CONFLICT when it has not ended.',
    args: { jobUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: async (_root, { jobUuid }, { services }) =>
      changed(
        jobUuid,
        await services.store.transcoding.retry(jobUuid, services.clock.now()),
        'put back',
        services,
      ),
  }),
  abortTranscodingJob: t.field({
    ...needs('admin'),
    type: TranscodingJob,
    description: 'Its worker learns of it by its next report. CONFLICT when the job has ended.',
    args: {
      jobUuid: t.arg({ type: 'UUID', required: true }),
      reason: t.arg.string({ description: 'Becomes its lastError.' }),
    },
    async resolve(_root, { jobUuid, reason }, { services }) {
      const message = reason == null ? null : parseReason(reason);
      const isChanged = await services.store.transcoding.abort(jobUuid, message, services.clock.now());
      return changed(jobUuid, isChanged, 'aborted', services);
    },
  }),
}));
