import type { Dialect } from '../dialect/sqlite.js';
import type { immersionTables } from './immersion.js';
import type { systemTables } from './system.js';

type Videos = ReturnType<typeof immersionTables>['videos'];
type Qualities = ReturnType<typeof systemTables>['qualities'];

/** What a video site shows: categories, entries and their qualities. */
export function libraryTables(d: Dialect, videos: Videos, qualities: Qualities) {
  const categories = d.table(
    'lib_categories',
    {
      categoryId: d.id('category_id'),
      slug: d.text('slug').notNull(),
      name: d.text('name').notNull(),
      description: d.text('description').notNull().default(''),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
    },
    (t) => [d.unique('uq_lib_categories_slug', [t.slug]), d.index('idx_lib_categories_name', [t.name])],
  );

  const entries = d.table(
    'lib_entries',
    {
      videoId: d
        .int('video_id')
        .primaryKey()
        .references(() => videos.videoId, { onDelete: 'cascade' }),
      slug: d.text('slug').notNull(),
      title: d.text('title').notNull(),
      description: d.text('description').notNull().default(''),
      categoryId: d.int('category_id').references(() => categories.categoryId, { onDelete: 'set null' }),
      /** EntryStatus. */
      status: d.enumInt('status').notNull(),
      errorMessage: d.text('error_message'),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
      publishedAtMs: d.epochMs('published_at_ms'),
      deletedAtMs: d.epochMs('deleted_at_ms'),
    },
    (t) => [
      d.unique('uq_lib_entries_slug', [t.slug]),
      d.index('idx_lib_entries_published_at_ms_video_id', [t.publishedAtMs, t.videoId]),
      d.index('idx_lib_entries_created_at_ms_video_id', [t.createdAtMs, t.videoId]),
      d.index('idx_lib_entries_title_video_id', [t.title, t.videoId]),
      d.index('idx_lib_entries_category_id_published_at_ms_video_id', [
        t.categoryId,
        t.publishedAtMs,
        t.videoId,
      ]),
      d.index('idx_lib_entries_status_published_at_ms_video_id', [t.status, t.publishedAtMs, t.videoId]),
      d.index('idx_lib_entries_deleted_at_ms', [t.deletedAtMs]),
      d.check('ck_lib_entries_status', d.sql`${t.status} >= 0`),
    ],
  );

  const entryQualities = d.table(
    'lib_entry_qualities',
    {
      videoId: d
        .int('video_id')
        .notNull()
        .references(() => entries.videoId, { onDelete: 'cascade' }),
      qualityId: d
        .int('quality_id')
        .notNull()
        .references(() => qualities.id),
      widthPx: d.int('width_px'),
      heightPx: d.int('height_px'),
      bitrateKbps: d.int('bitrate_kbps'),
    },
    (t) => [d.key([t.videoId, t.qualityId])],
  );

  return { categories, entries, entryQualities };
}
