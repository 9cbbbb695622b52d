import { conflict } from '../../domain/errors.js';
import { EntryStatus } from '../../domain/library/enums.js';
import {
  parseDescription,
  parseErrorMessage,
  parseQualities,
  parseTitle,
  parseVideo,
} from '../../domain/library/fields.js';
import { parseSlug, slugCandidates } from '../../domain/library/slug.js';
import type { Entry as EntryModel, NewEntry } from '../../domain/library/types.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { toVideo } from '../immersion/ingest.js';
import { VideoInput } from '../immersion/ingest-inputs.js';
import { askable } from '../shared/integer-enum.js';
import { needs } from '../shared/scope.js';
import { categoryOf } from './category.js';
import { Entry, EntryStatusEnum, noEntry } from './entry.js';

const AddEntryInput = builder.inputType('AddEntryInput', {
  fields: (t) => ({
    video: t.field({
      type: VideoInput,
      required: true,
      description: 'The video, made when it is not there; what is known of it stays.',
    }),
    slug: t.string({ description: 'Made of the title when absent. It never changes.' }),
    title: t.string({ description: 'That of the video when absent.' }),
    description: t.string(),
    categorySlug: t.string(),
    status: t.field({ type: EntryStatusEnum, description: 'PENDING when absent.' }),
    publishedAt: t.field({ type: 'DateTime' }),
  }),
});

const EditEntryInput = builder.inputType('EditEntryInput', {
  description: 'Fields that are absent stay as they are; null clears where nothing is allowed.',
  fields: (t) => ({
    slug: t.string({ required: true }),
    title: t.string(),
    description: t.string(),
    categorySlug: t.string(),
    status: t.field({ type: EntryStatusEnum }),
    errorMessage: t.string(),
    publishedAt: t.field({ type: 'DateTime' }),
  }),
});

const QualityInput = builder.inputType('QualityInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: '1080p' }),
    widthPx: t.int(),
    heightPx: t.int(),
    bitrateKbps: t.int(),
  }),
});

async function entryOf(slug: string, { services }: Context): Promise<EntryModel> {
  const entry = await services.store.library.getEntry(slug);
  if (entry === null) throw noEntry();
  return entry;
}

/** Throws CONFLICT when the video has an entry, or the slug that was asked for is taken. */
async function add(
  entry: Omit<NewEntry, 'slug'>,
  slug: string | null,
  context: Context,
): Promise<EntryModel> {
  const { store, clock } = context.services;
  const candidates = slug === null ? slugCandidates(entry.title, entry.video.videoKey) : [slug];
  for (const candidate of candidates) {
    const result = await store.library.addEntry({ ...entry, slug: candidate }, clock.now());
    if (result === 'ADDED') return entryOf(candidate, context);
    if (result === 'EXISTS') throw conflict('The video has an entry already');
  }
  throw conflict('The slug is taken');
}

builder.mutationFields((t) => {
  const slug = { slug: t.arg.string({ required: true }) };
  return {
    addEntry: t.field({
      ...needs('admin'),
      type: Entry,
      description: 'Puts a video into the library. CONFLICT when it is there already, or the slug is taken.',
      args: { input: t.arg({ type: AddEntryInput, required: true }) },
      async resolve(_root, { input }, context) {
        const { limits, clock } = context.services;
        const video = parseVideo(toVideo(input.video), { ...limits, nowMs: clock.now() });
        const category = input.categorySlug == null ? null : await categoryOf(input.categorySlug, context);
        return add(
          {
            video,
            title: parseTitle(input.title ?? video.title),
            description: parseDescription(input.description ?? ''),
            categoryId: category?.categoryId ?? null,
            status: input.status == null ? EntryStatus.PENDING : askable(EntryStatus, input.status),
            publishedAtMs: input.publishedAt ?? null,
          },
          input.slug == null ? null : parseSlug(input.slug),
          context,
        );
      },
    }),
    editEntry: t.field({
      ...needs('admin'),
      type: Entry,
      args: { input: t.arg({ type: EditEntryInput, required: true }) },
      async resolve(_root, { input }, context) {
        const { store, clock } = context.services;
        const { categorySlug, errorMessage } = input;
        const category = categorySlug == null ? categorySlug : await categoryOf(categorySlug, context);
        const isThere = await store.library.editEntry(
          input.slug,
          {
            title: input.title == null ? undefined : parseTitle(input.title),
            description: input.description == null ? undefined : parseDescription(input.description),
            categoryId: category == null ? category : category.categoryId,
            status: input.status == null ? undefined : askable(EntryStatus, input.status),
            errorMessage: errorMessage == null ? errorMessage : parseErrorMessage(errorMessage),
            publishedAtMs: input.publishedAt,
          },
          clock.now(),
        );
        if (!isThere) throw noEntry();
        return entryOf(input.slug, context);
      },
    }),
    publishEntry: t.field({
      ...needs('admin'),
      type: Entry,
      description: 'Sets when it was published: now, unless said otherwise.',
      args: { ...slug, publishedAt: t.arg({ type: 'DateTime' }) },
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const change = { publishedAtMs: args.publishedAt ?? clock.now() };
        if (!(await store.library.editEntry(args.slug, change, clock.now()))) throw noEntry();
        return entryOf(args.slug, context);
      },
    }),
    setEntryQualities: t.field({
      ...needs('admin'),
      type: Entry,
      description: 'Replaces the qualities of an entry.',
      args: { ...slug, qualities: t.arg({ type: [QualityInput], required: true }) },
      async resolve(_root, args, context) {
        const isThere = await context.services.store.library.setQualities(
          args.slug,
          parseQualities(args.qualities),
        );
        if (!isThere) throw noEntry();
        return entryOf(args.slug, context);
      },
    }),
    deleteEntry: t.field({
      ...needs('admin'),
      type: Entry,
      description:
        'Hides it. It can be restored until the archive window is over. NOT_FOUND when it is deleted.',
      args: slug,
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        if (!(await store.library.deleteEntry(args.slug, clock.now()))) throw noEntry();
        return entryOf(args.slug, context);
      },
    }),
    restoreEntry: t.field({
      ...needs('admin'),
      type: Entry,
      description: 'CONFLICT when it is not deleted.',
      args: slug,
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        const isRestored = await store.library.restoreEntry(args.slug, clock.now());
        const entry = await entryOf(args.slug, context);
        if (!isRestored) throw conflict('The entry is not deleted');
        return entry;
      },
    }),
    purgeEntry: t.boolean({
      ...needs('admin'),
      description:
        'Removes a deleted entry and what hangs on it for good; the video and its sessions stay. CONFLICT when it is not deleted.',
      args: slug,
      async resolve(_root, args, context) {
        const { store, clock } = context.services;
        if (await store.library.purgeEntry(args.slug)) {
          await store.system.audit({
            atMs: clock.now(),
            tokenId: context.caller.tokenId,
            action: 'purgeEntry',
            subject: args.slug,
            detailJson: null,
          });
          return true;
        }
        await entryOf(args.slug, context);
        throw conflict('The entry is not deleted: delete it first');
      },
    }),
  };
});
