import { parsePage, type PageArgs } from '../../domain/page.js';
import { PlaybackStatus } from '../../domain/playback/enums.js';
import { BIN_COUNT } from '../../domain/playback/rules.js';
import { binsOfHalves } from '../../domain/playback/bins.js';
import type { Playback as PlaybackModel, PlaybackFilter } from '../../domain/playback/types.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { Video, videoIdOf } from '../immersion/video.js';
import { toConnection } from '../shared/connection.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { PlaybackStatusEnum } from './enums.js';

export const Playback = builder.objectRef<PlaybackModel>('Playback').implement({
  description: 'One run of a video in a player.',
  fields: (t) => ({
    playbackToken: t.expose('playbackToken', { type: 'UUID' }),
    video: t.field({
      type: Video,
      resolve: async ({ videoId }, _args, { loaders }) => {
        const video = await loaders.video.load(videoId);
        if (video === null) throw new Error(`Playback of video ${videoId} without its video`);
        return video;
      },
    }),
    viewerUuid: t.expose('viewerUuid', {
      type: 'UUID',
      nullable: true,
      description: 'Null: anonymous, or the viewer was forgotten.',
    }),
    quality: t.exposeString('quality', { nullable: true, description: 'The last one used.' }),
    status: t.field({ type: PlaybackStatusEnum, resolve: ({ status }) => known(PlaybackStatus, status) }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAtMs }) => showable(startedAtMs) }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ endedAtMs }) => showableOrNull(endedAtMs),
    }),
    lastHeartbeatAt: t.field({
      type: 'DateTime',
      resolve: ({ lastHeartbeatMs }) => showable(lastHeartbeatMs),
    }),
    isPlaying: t.exposeBoolean('isPlaying'),
    positionMs: t.expose('positionMs', { type: 'SafeInt' }),
    furthestMs: t.expose('furthestMs', { type: 'SafeInt', description: 'The furthest position.' }),
    watchedMs: t.expose('watchedMs', {
      type: 'SafeInt',
      description: 'Time that passed on the server while it played.',
    }),
    watchedShare: t.float({
      description: 'Hundredths of the video that were seen, 0 to 1.',
      resolve: ({ watchedHalves }) => binsOfHalves(watchedHalves).length / BIN_COUNT,
    }),
    watchedParts: t.intList({
      description: 'Which hundredths were seen, from 0 to 99.',
      resolve: ({ watchedHalves }) => binsOfHalves(watchedHalves),
    }),
    isCompleted: t.exposeBoolean('isCompleted', {
      description: 'The furthest position is at least 90 % of the duration.',
    }),
  }),
});

const PlaybackFilterInput = builder.inputType('PlaybackFilter', {
  fields: (t) => ({
    videoKey: t.string(),
    viewerUuid: t.field({ type: 'UUID' }),
    status: t.field({ type: PlaybackStatusEnum }),
    isCompleted: t.boolean(),
    startedFrom: t.field({ type: 'DateTime' }),
    startedTo: t.field({ type: 'DateTime', description: 'Not part of the range.' }),
  }),
});

const PlaybackConnection = builder.connectionObject(
  {
    type: Playback,
    name: 'PlaybackConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'PlaybackEdge' },
);

const NO_FILTER: PlaybackFilter = {
  videoId: null,
  viewerUuid: null,
  status: null,
  isCompleted: null,
  startedFromMs: null,
  startedToMs: null,
};

async function listPlaybacks(filter: PlaybackFilter, args: PageArgs, { services }: Context) {
  const { playback } = services.store;
  const scope = `playbacks ${JSON.stringify(filter)}`;
  const request = parsePage(args, scope, 2);
  const page = await playback.listPlaybacks(filter, request);
  const connection = toConnection(page, request, scope, (p) => [p.startedAtMs, p.playbackId]);
  return { ...connection, countAll: () => playback.countPlaybacks(filter) };
}

builder.queryFields((t) => ({
  playback: t.field({
    type: Playback,
    nullable: true,
    args: { playbackToken: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { playbackToken }, { services }) => services.store.playback.getPlayback(playbackToken),
  }),
  playbacks: t.connection(
    {
      type: Playback,
      description: 'Newest first.',
      args: { filter: t.arg({ type: PlaybackFilterInput }) },
      async resolve(_root, args, context) {
        const { filter } = args;
        const videoId = filter?.videoKey == null ? null : await videoIdOf(filter.videoKey, context.loaders);
        return listPlaybacks(
          {
            videoId,
            viewerUuid: filter?.viewerUuid ?? null,
            status: filter?.status == null ? null : askable(PlaybackStatus, filter.status),
            isCompleted: filter?.isCompleted ?? null,
            startedFromMs: filter?.startedFrom ?? null,
            startedToMs: filter?.startedTo ?? null,
          },
          args,
          context,
        );
      },
    },
    PlaybackConnection,
  ),
}));

builder.objectField(Video, 'playbacks', (t) =>
  t.connection(
    {
      type: Playback,
      description: 'Newest first.',
      resolve: ({ videoId }, args, context) => listPlaybacks({ ...NO_FILTER, videoId }, args, context),
    },
    PlaybackConnection,
  ),
);
