import { badInput } from '../../domain/errors.js';
import { SessionStatus, SubtitleMode } from '../../domain/immersion/enums.js';
import type {
  Session as SessionModel,
  SessionFilter,
  SessionTotals as TotalsModel,
  TimelinePoint as PointModel,
} from '../../domain/immersion/types.js';
import { parsePage, type PageArgs } from '../../domain/page.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { toConnection } from '../shared/connection.js';
import { CounterSet } from '../shared/counters.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { SessionStatusEnum, SubtitleModeEnum } from './enums.js';
import { NO_SESSION_FILTER, Video, videoIdOf } from './video.js';

/** A screen has no more columns. */
const MAX_TIMELINE_POINTS = 5_000;

export const SessionTotals = builder.objectRef<TotalsModel>('SessionTotals').implement({
  description: 'The highest value of each counter that the session reported.',
  interfaces: [CounterSet],
  fields: (t) => ({
    samples: t.expose('samplesCount', { type: 'SafeInt', description: 'Samples stored.' }),
    lastSampleAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ lastSampleMs }) => showableOrNull(lastSampleMs),
    }),
  }),
});

export const TimelinePoint = builder.objectRef<PointModel>('TimelinePoint').implement({
  interfaces: [CounterSet],
  fields: (t) => ({
    sampleMs: t.expose('sampleMs', { type: 'EpochMs' }),
    at: t.field({ type: 'DateTime', resolve: ({ sampleMs }) => showable(sampleMs) }),
  }),
});

export const Session = builder.objectRef<SessionModel>('Session');

builder.node(Session, {
  description: 'One sitting with one video.',
  id: { resolve: ({ sessionUuid }) => sessionUuid },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'sessionId' in value,
  loadOne: (uuid, { loaders }) => loaders.sessionByUuid.load(uuid),
  fields: (t) => ({
    sessionUuid: t.expose('sessionUuid', { type: 'UUID' }),
    video: t.field({
      type: Video,
      async resolve({ videoId }, _args, { loaders }) {
        const video = await loaders.video.load(videoId);
        if (video === null) throw badInput('The video of this session was just removed');
        return video;
      },
    }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAtMs }) => showable(startedAtMs) }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ endedAtMs }) => showableOrNull(endedAtMs),
    }),
    status: t.field({ type: SessionStatusEnum, resolve: (s) => known(SessionStatus, s.status) }),
    locale: t.exposeString('locale', { nullable: true }),
    targetLanguage: t.exposeString('targetLanguage', { nullable: true }),
    difficultyTier: t.exposeInt('difficultyTier', { nullable: true }),
    subtitleMode: t.field({
      type: SubtitleModeEnum,
      nullable: true,
      resolve: (s) => (s.subtitleMode === null ? null : known(SubtitleMode, s.subtitleMode)),
    }),
    totals: t.field({
      type: SessionTotals,
      resolve: ({ sessionId }, _args, { loaders }) => loaders.sessionTotals.load(sessionId),
    }),
    timeline: t.field({
      type: [TimelinePoint],
      description:
        'Stored samples in time order, thinned to maxPoints with every counter kept at its extremes.',
      args: { maxPoints: t.arg.int({ defaultValue: 300 }) },
      resolve({ sessionId }, args, { services }) {
        const maxPoints = args.maxPoints ?? 300;
        if (maxPoints < 1 || maxPoints > MAX_TIMELINE_POINTS) {
          throw badInput(`maxPoints must be from 1 to ${MAX_TIMELINE_POINTS}`);
        }
        return services.store.immersion.listTimeline(sessionId, maxPoints).then((points) => [...points]);
      },
    }),
    isComplete: t.boolean({
      description: 'False when samples or events of this session were lost, or wait as dead letters.',
      async resolve({ sessionId }, _args, { loaders }) {
        const { droppedCount, deadLetterCount } = await loaders.sessionTotals.load(sessionId);
        return droppedCount === 0 && deadLetterCount === 0;
      },
    }),
    droppedSamples: t.field({
      type: 'SafeInt',
      description: 'Samples and events lost to overflow or given up as dead letters.',
      resolve: async ({ sessionId }, _args, { loaders }) =>
        (await loaders.sessionTotals.load(sessionId)).droppedCount,
    }),
  }),
});

const SessionFilterInput = builder.inputType('SessionFilter', {
  fields: (t) => ({
    videoKey: t.string(),
    status: t.field({ type: SessionStatusEnum }),
    startedFrom: t.field({ type: 'DateTime' }),
    startedTo: t.field({ type: 'DateTime', description: 'Not part of the range.' }),
    targetLanguage: t.string(),
  }),
});

export const SessionConnection = builder.connectionObject(
  {
    type: Session,
    name: 'SessionConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'SessionEdge' },
);

async function listSessions(filter: SessionFilter, args: PageArgs, { services }: Context) {
  const scope = `sessions ${JSON.stringify(filter)}`;
  const request = parsePage(args, scope, 2);
  const page = await services.store.immersion.listSessions(filter, request);
  const connection = toConnection(page, request, scope, (s) => [s.startedAtMs, s.sessionId]);
  return { ...connection, countAll: () => services.store.immersion.countSessions(filter) };
}

builder.queryFields((t) => ({
  session: t.field({
    type: Session,
    nullable: true,
    args: { sessionUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { sessionUuid }, { loaders }) => loaders.sessionByUuid.load(sessionUuid),
  }),
  sessions: t.connection(
    {
      type: Session,
      description: 'Newest first.',
      args: { filter: t.arg({ type: SessionFilterInput }) },
      async resolve(_root, args, context) {
        const { filter } = args;
        const videoId = filter?.videoKey == null ? null : await videoIdOf(filter.videoKey, context.loaders);
        return listSessions(
          {
            videoId,
            status: filter?.status == null ? null : askable(SessionStatus, filter.status),
            startedFromMs: filter?.startedFrom ?? null,
            startedToMs: filter?.startedTo ?? null,
            targetLanguage: filter?.targetLanguage ?? null,
          },
          args,
          context,
        );
      },
    },
    SessionConnection,
  ),
}));

builder.objectField(Video, 'sessions', (t) =>
  t.connection(
    {
      type: Session,
      description: 'Newest first.',
      resolve: ({ videoId }, args, context) => listSessions({ ...NO_SESSION_FILTER, videoId }, args, context),
    },
    SessionConnection,
  ),
);
