import { asc, eq, inArray } from 'drizzle-orm';
import type { LibraryStore } from '../domain/library/store.js';
import { RollUpLevel } from '../domain/playback/enums.js';
import type { Statement } from './backend.js';
import {
  addEntryStatements,
  createCategoryStatement,
  editCategoryStatement,
  editEntryStatement,
  qualityStatements,
} from './commands/library.js';
import { removeFoundStatement } from './commands/transcriptions.js';
import type { Db } from './database.js';
import { EntryQueries } from './queries/library-entries.js';
import { forgetUnusedTexts } from './transcription-store.js';

/** Entries that one transaction removes: each takes its qualities along. */
const CHUNK_ENTRIES = 50;

/** The audience of all videos is added up again with or without those whose entries change. */
const markAudience = (where: string, value: string | number): Statement => ({
  sql: `INSERT INTO ply_dirty_periods (level, period)
    SELECT r.level, r.period FROM lib_entries e CROSS JOIN ply_audience_rollups r
    WHERE ${where} AND r.video_id = e.video_id AND r.level = ${RollUpLevel.DAY}`,
  params: [value],
});

/** The library port: changes are single transactions, each told by what it changed. */
export function createLibraryStore(db: Db): LibraryStore {
  const entries = new EntryQueries(db);
  const { categories } = db.tables;
  const changes = async (statement: Statement): Promise<number> =>
    (await db.backend.transact([statement]))[0] ?? 0;
  const hasChangedAudience = async (slug: string, statement: Statement): Promise<boolean> =>
    ((await db.backend.transact([markAudience('e.slug = ?', slug), statement]))[1] ?? 0) > 0;
  const hasChanged = async (statement: Statement): Promise<boolean> => (await changes(statement)) > 0;

  return {
    listCategories: () =>
      db.builder.select().from(categories).orderBy(asc(categories.name), asc(categories.categoryId)),
    listCategoriesByIds: (ids) =>
      db.builder
        .select()
        .from(categories)
        .where(inArray(categories.categoryId, [...ids])),
    async getCategory(slug) {
      const rows = await db.builder.select().from(categories).where(eq(categories.slug, slug));
      return rows[0] ?? null;
    },
    createCategory: (category) => hasChanged(createCategoryStatement(category)),
    async editCategory(slug, change) {
      const statement = editCategoryStatement(slug, change);
      return statement === null ? (await this.getCategory(slug)) !== null : hasChanged(statement);
    },
    deleteCategory: (slug) =>
      hasChanged({ sql: 'DELETE FROM lib_categories WHERE slug = ?', params: [slug] }),

    getEntry: (slug) => entries.getEntry(slug),
    listEntriesByVideoIds: (videoIds) => entries.listEntriesByVideoIds(videoIds),
    listEntries: (filter, order, page) => entries.listEntries(filter, order, page),
    countEntries: (filter, order) => entries.countEntries(filter, order),
    async addEntry(entry, nowMs) {
      const changed = await db.backend.transact(addEntryStatements(entry, nowMs));
      if ((changed.at(-1) ?? 0) > 0) return 'ADDED';
      const [row] = await db.backend.read({
        sql: `SELECT COUNT(*) FROM lib_entries e CROSS JOIN imm_videos v
          WHERE v.video_key = ? AND e.video_id = v.video_id`,
        params: [entry.video.videoKey],
      });
      return Number(row?.[0]) > 0 ? 'EXISTS' : 'TAKEN';
    },
    editEntry: (slug, change, nowMs) => hasChanged(editEntryStatement(slug, change, nowMs)),
    deleteEntry: (slug, nowMs) =>
      hasChangedAudience(slug, {
        sql: 'UPDATE lib_entries SET deleted_at_ms = ?, updated_at_ms = ? WHERE slug = ? AND deleted_at_ms IS NULL',
        params: [nowMs, nowMs, slug],
      }),
    restoreEntry: (slug, nowMs) =>
      hasChangedAudience(slug, {
        sql: `UPDATE lib_entries SET deleted_at_ms = NULL, updated_at_ms = ?
          WHERE slug = ? AND deleted_at_ms IS NOT NULL`,
        params: [nowMs, slug],
      }),
    async purgeEntry(slug) {
      const entry = await entries.getEntry(slug);
      if (entry === null) return false;
      const [, removed = 0] = await db.backend.transact([
        markAudience('e.slug = ?', slug),
        { sql: 'DELETE FROM lib_entries WHERE slug = ? AND deleted_at_ms IS NOT NULL', params: [slug] },
        removeFoundStatement(db.functions, [entry.videoId]),
      ]);
      if (removed > 0) await forgetUnusedTexts(db);
      return removed > 0;
    },
    async purgeArchive(deletedBeforeMs, signal) {
      const ids = `(SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS i)`;
      let count = 0;
      while (!signal.aborted) {
        // Looking needs no lock: on most days there is nothing to write.
        const found = await db.backend.read({
          sql: `SELECT video_id FROM lib_entries WHERE deleted_at_ms < ? LIMIT ${CHUNK_ENTRIES}`,
          params: [deletedBeforeMs],
        });
        if (found.length === 0) break;
        const [, removed = 0] = await db.backend.transact([
          markAudience(`e.video_id IN ${ids} AND e.deleted_at_ms IS NOT NULL`, JSON.stringify(found)),
          {
            sql: `DELETE FROM lib_entries WHERE video_id IN ${ids} AND deleted_at_ms < ?`,
            params: [JSON.stringify(found), deletedBeforeMs],
          },
          removeFoundStatement(
            db.functions,
            found.map(([id]) => Number(id)),
          ),
        ]);
        count += removed;
      }
      if (count > 0) await forgetUnusedTexts(db);
      return count;
    },

    async setQualities(slug, qualities) {
      return ((await db.backend.transact(qualityStatements(slug, qualities)))[0] ?? 0) > 0;
    },
    listQualities: (videoIds) => entries.listQualities(videoIds),
  };
}
