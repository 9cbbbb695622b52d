import { notFound } from '../../domain/errors.js';
import { SourceType } from '../../domain/immersion/enums.js';
import type { RangeTotals, SessionFilter, Video as VideoModel } from '../../domain/immersion/types.js';
import { parsePage } from '../../domain/page.js';
import { parseStoredJson } from '../../domain/stored-json.js';
import { parseTitlePart } from '../../domain/text.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { CounterSet } from '../shared/counters.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable } from '../shared/scalars.js';
import { SourceTypeEnum, VideoOrderEnum } from './enums.js';
import { toSlices, TimeRangeInput } from './ranges.js';

export const VideoStats = builder.objectRef<RangeTotals>('VideoStats').implement({
  description: 'What a video gained: in a range, or in its lifetime.',
  interfaces: [CounterSet],
  fields: (t) => ({
    sessions: t.exposeInt('sessionsCount', { description: 'Sessions that started.' }),
  }),
});

export const Video = builder.objectRef<VideoModel>('Video');

builder.node(Video, {
  description: 'A video, and everything known about it.',
  id: { resolve: ({ videoId }) => videoId, parse: (id) => Number(id) },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'videoKey' in value,
  loadMany: (ids, { loaders }) =>
    Promise.all(ids.map(async (id) => (Number.isSafeInteger(id) ? loaders.video.load(id) : null))),
  fields: (t) => ({
    videoKey: t.exposeString('videoKey'),
    title: t.exposeString('title'),
    sourceType: t.field({ type: SourceTypeEnum, resolve: (v) => known(SourceType, v.sourceType) }),
    sourcePath: t.exposeString('sourcePath', { nullable: true }),
    sourceUrl: t.exposeString('sourceUrl', { nullable: true }),
    durationMs: t.expose('durationMs', { type: 'SafeInt', nullable: true }),
    widthPx: t.exposeInt('widthPx', { nullable: true }),
    heightPx: t.exposeInt('heightPx', { nullable: true }),
    codec: t.exposeString('codec', { nullable: true }),
    container: t.exposeString('container', { nullable: true }),
    audioCodec: t.exposeString('audioCodec', { nullable: true }),
    fps: t.float({ nullable: true, resolve: ({ fpsX100 }) => (fpsX100 === null ? null : fpsX100 / 100) }),
    bitrateKbps: t.exposeInt('bitrateKbps', { nullable: true }),
    fileSizeBytes: t.expose('fileSizeBytes', { type: 'SafeInt', nullable: true }),
    hashSha256: t.exposeString('hashSha256', { nullable: true }),
    screenshotPath: t.exposeString('screenshotPath', { nullable: true }),
    metadata: t.field({
      type: 'JSON',
      nullable: true,
      resolve: ({ metadataJson }) => parseStoredJson(metadataJson),
    }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAtMs }) => showable(createdAtMs) }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAtMs }) => showable(updatedAtMs) }),
    stats: t.field({
      type: VideoStats,
      description: 'Of a range, or without one of the lifetime. A range is the same in every zone.',
      args: { range: t.arg({ type: TimeRangeInput }), timezone: t.arg({ type: 'TimeZone' }) },
      resolve: ({ videoId }, { range }, { loaders }) =>
        loaders.videoTotals(range == null ? null : toSlices(range)).load(videoId),
    }),
  }),
});

const VideoFilter = builder.inputType('VideoFilter', {
  fields: (t) => ({
    text: t.string({ description: 'Part of the title, in any case.' }),
    sourceType: t.field({ type: SourceTypeEnum }),
  }),
});

export const VideoConnection = builder.connectionObject(
  {
    type: Video,
    name: 'VideoConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'VideoEdge' },
);

builder.queryFields((t) => ({
  video: t.field({
    type: Video,
    nullable: true,
    args: { videoKey: t.arg.string({ required: true }) },
    resolve: (_root, { videoKey }, { loaders }) => loaders.videoByKey.load(videoKey),
  }),
  videos: t.connection(
    {
      type: Video,
      args: {
        filter: t.arg({ type: VideoFilter }),
        orderBy: t.arg({ type: VideoOrderEnum, defaultValue: 'TITLE' }),
      },
      async resolve(_root, args, { services }) {
        const filter = {
          text: args.filter?.text == null ? null : parseTitlePart(args.filter.text),
          sourceType: args.filter?.sourceType == null ? null : askable(SourceType, args.filter.sourceType),
        };
        const order = args.orderBy ?? 'TITLE';
        const scope = `videos ${JSON.stringify([order, filter])}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.immersion.listVideos(filter, order, request);
        const connection = toConnection(page, request, scope, (v) => [
          { TITLE: v.title, CREATED: v.createdAtMs, UPDATED: v.updatedAtMs }[order],
          v.videoId,
        ]);
        return { ...connection, countAll: () => services.store.immersion.countVideos(filter) };
      },
    },
    VideoConnection,
  ),
}));

/** The id behind a key, for filters. Throws NOT_FOUND. */
export async function videoIdOf(
  videoKey: string,
  loaders: { readonly videoByKey: { load(key: string): Promise<VideoModel | null> } },
): Promise<number> {
  const video = await loaders.videoByKey.load(videoKey);
  if (video === null) throw notFound(`There is no video with the key "${videoKey.slice(0, 200)}"`);
  return video.videoId;
}

export const NO_SESSION_FILTER: SessionFilter = {
  videoId: null,
  status: null,
  startedFromMs: null,
  startedToMs: null,
  targetLanguage: null,
};
