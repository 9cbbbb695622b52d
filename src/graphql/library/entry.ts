import { notFound } from '../../domain/errors.js';
import { EntryStatus, ENTRY_ORDERS } from '../../domain/library/enums.js';
import type {
  Entry as EntryModel,
  EntryFilter,
  Quality as QualityModel,
} from '../../domain/library/types.js';
import { parsePage } from '../../domain/page.js';
import { parseTitlePart } from '../../domain/text.js';
import { builder } from '../builder.js';
import { Video } from '../immersion/video.js';
import { toConnection } from '../shared/connection.js';
import { askable, known, values } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { Category, categoryOf } from './category.js';

export const noEntry = (): Error => notFound('There is no such entry, or it is deleted');

export const EntryStatusEnum = builder.enumType('EntryStatus', {
  values: values(EntryStatus),
  description: 'UNKNOWN is what a newer version wrote; it cannot be sent.',
});

const EntryOrderEnum = builder.enumType('EntryOrder', {
  description: 'PUBLISHED and CREATED are newest first; PUBLISHED leaves out what is not published.',
  values: ENTRY_ORDERS,
});

const Quality = builder.objectRef<QualityModel>('Quality').implement({
  description: 'A variant that can be played.',
  fields: (t) => ({
    name: t.exposeString('name'),
    widthPx: t.exposeInt('widthPx', { nullable: true }),
    heightPx: t.exposeInt('heightPx', { nullable: true }),
    bitrateKbps: t.exposeInt('bitrateKbps', { nullable: true }),
  }),
});

export const Entry = builder.objectRef<EntryModel>('Entry').implement({
  description: 'A video as a site shows it.',
  fields: (t) => ({
    slug: t.exposeString('slug'),
    title: t.exposeString('title'),
    description: t.exposeString('description'),
    status: t.field({ type: EntryStatusEnum, resolve: ({ status }) => known(EntryStatus, status) }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAtMs }) => showable(createdAtMs) }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAtMs }) => showable(updatedAtMs) }),
    publishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ publishedAtMs }) => showableOrNull(publishedAtMs),
    }),
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Set: hidden everywhere unless asked for.',
      resolve: ({ deletedAtMs }) => showableOrNull(deletedAtMs),
    }),
    video: t.field({
      type: Video,
      resolve: async ({ videoId }, _args, { loaders }) => {
        const video = await loaders.video.load(videoId);
        if (video === null) throw new Error(`Entry of video ${videoId} without its video`);
        return video;
      },
    }),
    category: t.field({
      type: Category,
      nullable: true,
      resolve: ({ categoryId }, _args, { loaders }) =>
        categoryId === null ? null : loaders.category.load(categoryId),
    }),
    qualities: t.field({
      type: [Quality],
      description: 'Highest first.',
      resolve: async ({ videoId }, _args, { loaders }) => [...(await loaders.qualities.load(videoId))],
    }),
  }),
});

builder.objectField(Video, 'entry', (t) =>
  t.field({
    type: Entry,
    nullable: true,
    description: 'Its place in the library, if it has one that is not deleted.',
    args: { includeDeleted: t.arg.boolean({ defaultValue: false }) },
    async resolve({ videoId }, { includeDeleted }, { loaders }) {
      const entry = await loaders.entry.load(videoId);
      return entry !== null && (entry.deletedAtMs === null || includeDeleted === true) ? entry : null;
    },
  }),
);

const EntryFilterInput = builder.inputType('EntryFilter', {
  fields: (t) => ({
    status: t.field({ type: EntryStatusEnum }),
    categorySlug: t.string(),
    text: t.string({ description: 'Part of the title, in any case; up to 200 characters.' }),
    publishedFrom: t.field({ type: 'DateTime' }),
    publishedTo: t.field({ type: 'DateTime', description: 'Not part of the range.' }),
    includeDeleted: t.boolean(),
  }),
});

const EntryConnection = builder.connectionObject(
  {
    type: Entry,
    name: 'EntryConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'EntryEdge' },
);

builder.queryFields((t) => ({
  entry: t.field({
    type: Entry,
    nullable: true,
    args: {
      slug: t.arg.string({ required: true }),
      includeDeleted: t.arg.boolean({ defaultValue: false }),
    },
    async resolve(_root, { slug, includeDeleted }, { services }) {
      const entry = await services.store.library.getEntry(slug);
      return entry !== null && (entry.deletedAtMs === null || includeDeleted === true) ? entry : null;
    },
  }),
  entries: t.connection(
    {
      type: Entry,
      args: {
        filter: t.arg({ type: EntryFilterInput }),
        orderBy: t.arg({ type: EntryOrderEnum, defaultValue: 'PUBLISHED' }),
      },
      async resolve(_root, args, context) {
        const { library } = context.services.store;
        const { filter } = args;
        const asked: EntryFilter = {
          status: filter?.status == null ? null : askable(EntryStatus, filter.status),
          categoryId:
            filter?.categorySlug == null ? null : (await categoryOf(filter.categorySlug, context)).categoryId,
          text: filter?.text == null ? null : parseTitlePart(filter.text),
          publishedFromMs: filter?.publishedFrom ?? null,
          publishedToMs: filter?.publishedTo ?? null,
          includesDeleted: filter?.includeDeleted === true,
        };
        const order = args.orderBy ?? 'PUBLISHED';
        const scope = `entries ${JSON.stringify([order, asked])}`;
        const request = parsePage(args, scope, 2);
        const page = await library.listEntries(asked, order, request);
        const connection = toConnection(page, request, scope, (entry) => [
          { PUBLISHED: entry.publishedAtMs ?? 0, CREATED: entry.createdAtMs, TITLE: entry.title }[order],
          entry.videoId,
        ]);
        return { ...connection, countAll: () => library.countEntries(asked, order) };
      },
    },
    EntryConnection,
  ),
}));
