import type { CategoryChange, Category, EntryChange, NewEntry, Quality } from '../../domain/library/types.js';
import { MAX_CATEGORIES } from '../../domain/library/store.js';
import type { SqlValue, Statement } from '../backend.js';
import { DictionaryWords, videoStatement } from './videos.js';

const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';

/** The last statement inserts the entry: it changes no row when the slug or the video has one. */
export function addEntryStatements(entry: NewEntry, nowMs: number): Statement[] {
  const words = new DictionaryWords();
  words.addVideo(entry.video);
  return [
    ...words.statements(),
    videoStatement('fill', entry.video, nowMs),
    {
      sql: `INSERT INTO lib_entries (video_id, slug, title, description, category_id, status, created_at_ms, updated_at_ms,
          published_at_ms)
        SELECT v.video_id, ${TEXT}, ${TEXT}, ${TEXT}, (SELECT category_id FROM lib_categories WHERE category_id = ?),
          ${INTEGER}, ${INTEGER}, ${INTEGER}, ${INTEGER} FROM imm_videos v WHERE v.video_key = ? ON CONFLICT DO NOTHING`,
      params: [
        entry.slug,
        entry.title,
        entry.description,
        entry.categoryId,
        entry.status,
        nowMs,
        nowMs,
        entry.publishedAtMs,
        entry.video.videoKey,
      ],
    },
  ];
}

/** What is assigned to each field; a category that was removed meanwhile is none. */
const ENTRY_COLUMNS: Readonly<Record<keyof EntryChange, string>> = {
  title: 'title = ?',
  description: 'description = ?',
  categoryId: 'category_id = (SELECT category_id FROM lib_categories WHERE category_id = ?)',
  status: 'status = ?',
  errorMessage: 'error_message = ?',
  publishedAtMs: 'published_at_ms = ?',
};

export function editEntryStatement(slug: string, change: EntryChange, nowMs: number): Statement {
  const { set, params } = assignments(ENTRY_COLUMNS, change);
  return {
    sql: `UPDATE lib_entries SET ${[...set, 'updated_at_ms = ?'].join(', ')} WHERE slug = ? AND deleted_at_ms IS NULL`,
    params: [...params, nowMs, slug],
  };
}

/** Null where nothing is to be changed. */
export function editCategoryStatement(slug: string, change: CategoryChange): Statement | null {
  const { set, params } = assignments({ name: 'name = ?', description: 'description = ?' }, change);
  if (set.length === 0) return null;
  return { sql: `UPDATE lib_categories SET ${set.join(', ')} WHERE slug = ?`, params: [...params, slug] };
}

export const createCategoryStatement = (category: Omit<Category, 'categoryId'>): Statement => ({
  sql: `INSERT INTO lib_categories (slug, name, description, created_at_ms)
    SELECT ${TEXT}, ${TEXT}, ${TEXT}, ${INTEGER}
    WHERE (SELECT COUNT(*) FROM lib_categories) < ${MAX_CATEGORIES} ON CONFLICT DO NOTHING`,
  params: [category.slug, category.name, category.description, category.createdAtMs],
});

/** The first statement touches the entry, so that it tells whether there is one, and waits for whoever changes it. */
export function qualityStatements(slug: string, qualities: readonly Quality[]): Statement[] {
  const words = new DictionaryWords();
  for (const { name } of qualities) words.add('sys_qualities', name);
  const entry = '(SELECT video_id FROM lib_entries WHERE slug = ? AND deleted_at_ms IS NULL)';
  return [
    {
      sql: 'UPDATE lib_entries SET slug = slug WHERE slug = ? AND deleted_at_ms IS NULL',
      params: [slug],
    },
    ...words.statements(),
    { sql: `DELETE FROM lib_entry_qualities WHERE video_id = ${entry}`, params: [slug] },
    ...qualities.map(({ name, widthPx, heightPx, bitrateKbps }) => ({
      sql: `INSERT INTO lib_entry_qualities (video_id, quality_id, width_px, height_px, bitrate_kbps)
        SELECT e.video_id, q.id, ${INTEGER}, ${INTEGER}, ${INTEGER} FROM lib_entries e CROSS JOIN sys_qualities q
        WHERE e.slug = ? AND e.deleted_at_ms IS NULL AND q.name = ?`,
      params: [widthPx, heightPx, bitrateKbps, slug, name],
    })),
  ];
}

function assignments<Key extends string>(
  texts: Readonly<Record<Key, string>>,
  change: Readonly<Partial<Record<Key, SqlValue | undefined>>>,
): { set: string[]; params: SqlValue[] } {
  const set: string[] = [];
  const params: SqlValue[] = [];
  for (const key of Object.keys(texts) as Key[]) {
    const value = change[key];
    if (value === undefined) continue;
    set.push(texts[key]);
    params.push(value);
  }
  return { set, params };
}
