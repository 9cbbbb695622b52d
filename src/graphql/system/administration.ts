import { badInput } from '../../domain/errors.js';
import type { DeadLetter as LetterModel } from '../../domain/dead-letter.js';
import { parsePage } from '../../domain/page.js';
import type { PurgeReport as PurgeModel } from '../../domain/stats-store.js';
import { builder } from '../builder.js';
import { ANY_AGENT } from '../commit-feed.js';
import type { Context } from '../context.js';
import { videoIdOf } from '../immersion/video.js';
import { toConnection } from '../shared/connection.js';
import { showable } from '../shared/scalars.js';
import { needs } from '../shared/scope.js';
import { JobRun } from './status.js';

/** Ids of one call; without ids all are meant. */
const MAX_IDS = 1_000;

const DeadLetter = builder.objectRef<LetterModel>('DeadLetter').implement({
  description: 'A command that storage refused for good.',
  fields: (t) => ({
    deadLetterId: t.expose('deadLetterId', { type: 'SafeInt' }),
    sessionUuid: t.expose('sessionUuid', { type: 'UUID', nullable: true }),
    kind: t.exposeString('kind'),
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    command: t.field({ type: 'JSON', resolve: ({ command }) => command }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAtMs }) => showable(createdAtMs) }),
  }),
});

const DeadLetterConnection = builder.connectionObject(
  {
    type: DeadLetter,
    name: 'DeadLetterConnection',
    fields: (t) => ({
      totalCount: t.int({ nullable: true, resolve: ({ countAll }) => countAll?.() ?? null }),
    }),
  },
  { name: 'DeadLetterEdge' },
);

const JobRunConnection = builder.connectionObject(
  { type: JobRun, name: 'JobRunConnection' },
  { name: 'JobRunEdge' },
);

builder.queryFields((t) => ({
  deadLetters: t.connection(
    {
      ...needs('admin'),
      type: DeadLetter,
      description: 'Newest first. Needs the scope `admin`: commands are shown as they were sent.',
      args: { code: t.arg.string() },
      async resolve(_root, args, { services }) {
        const code = args.code ?? null;
        const scope = `deadLetters ${code ?? ''}`;
        const request = parsePage(args, scope, 1);
        const page = await services.store.system.listDeadLetters(code, request);
        const connection = toConnection(page, request, scope, (letter) => [letter.deadLetterId]);
        return { ...connection, countAll: () => services.store.system.countDeadLetters(code) };
      },
    },
    DeadLetterConnection,
  ),
  jobRuns: t.connection(
    {
      type: JobRun,
      description: 'Newest first.',
      args: { jobName: t.arg.string() },
      async resolve(_root, args, { services }) {
        const jobName = args.jobName ?? null;
        const scope = `jobRuns ${jobName ?? ''}`;
        const request = parsePage(args, scope, 1);
        const page = await services.store.system.listJobRuns(jobName, request);
        return toConnection(page, request, scope, (run) => [run.jobRunId]);
      },
    },
    JobRunConnection,
  ),
}));

const Requeued = builder.objectRef<{ applied: number; refused: number }>('RequeuePayload').implement({
  fields: (t) => ({
    applied: t.exposeInt('applied', { description: 'Stored now.' }),
    refused: t.exposeInt('refused', { description: 'Refused again: still dead letters.' }),
  }),
});

const Discarded = builder.objectRef<{ count: number }>('DiscardPayload').implement({
  fields: (t) => ({ discarded: t.exposeInt('count') }),
});

const Purged = builder.objectRef<PurgeModel>('PurgePayload').implement({
  fields: (t) => ({
    sessions: t.exposeInt('sessionsCount'),
    rows: t.expose('rowsCount', { type: 'SafeInt', description: 'Samples, events and playbacks removed.' }),
  }),
});

function audit(
  { services, caller }: Context,
  action: string,
  subject: string,
  detail: unknown,
): Promise<void> {
  return services.store.system.audit({
    atMs: services.clock.now(),
    tokenId: caller.tokenId,
    action,
    subject,
    detailJson: JSON.stringify(detail),
  });
}

function checkIds(ids: readonly number[] | null | undefined): readonly number[] | null {
  if (ids == null) return null;
  if (ids.length > MAX_IDS) throw badInput(`At most ${MAX_IDS} ids at once`);
  if (!ids.every(Number.isSafeInteger)) throw badInput('Ids are integers');
  return ids;
}

builder.mutationFields((t) => ({
  requeueDeadLetters: t.field({
    ...needs('admin'),
    type: Requeued,
    description: 'Applies dead letters again: those with the given ids, or all. Needs `admin`.',
    args: { ids: t.arg({ type: ['SafeInt'] }) },
    async resolve(_root, args, context) {
      const ids = checkIds(args.ids);
      const { store, clock, events, feed } = context.services;
      const { extractionsByRisk, ...done } = await store.system.requeueDeadLetters(ids, clock.now());
      // It goes past the writer, which tells of its own commits.
      events.extractionsStored(extractionsByRisk);
      if (extractionsByRisk.size > 0) feed.publish('agentActivity', ANY_AGENT);
      await audit(context, 'requeueDeadLetters', ids === null ? 'all' : ids.join(','), done);
      return done;
    },
  }),
  discardDeadLetters: t.field({
    ...needs('admin'),
    type: Discarded,
    description: 'Gives dead letters up; their sessions count them as lost. Needs `admin`.',
    args: { ids: t.arg({ type: ['SafeInt'] }) },
    async resolve(_root, args, context) {
      const ids = checkIds(args.ids);
      const count = await context.services.store.system.discardDeadLetters(ids);
      await audit(context, 'discardDeadLetters', ids === null ? 'all' : ids.join(','), { count });
      return { count };
    },
  }),
  purgeVideo: t.field({
    ...needs('admin'),
    type: Purged,
    description:
      'Removes a video with every session, sample, event and roll-up below it, for good. Needs `admin`.',
    args: { videoKey: t.arg.string({ required: true }) },
    async resolve(_root, { videoKey }, context) {
      const videoId = await videoIdOf(videoKey, context.loaders);
      const never = new AbortController().signal;
      const report = await context.services.store.maintenance.purgeVideo(videoId, never);
      await audit(context, 'purgeVideo', videoKey, report);
      return report;
    },
  }),
  runJob: t.field({
    ...needs('admin'),
    type: JobRun,
    description:
      'Runs a job now, or joins its run in progress, and answers when it has ended. Needs `admin`.',
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { services }) => services.jobs.runNow(name),
  }),
  cancelJob: t.field({
    ...needs('admin'),
    type: 'Boolean',
    description: 'Asks a running job to stop at its next step. False when it was not running. Needs `admin`.',
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { services }) => services.jobs.cancel(name),
  }),
}));
