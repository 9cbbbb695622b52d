import { and, eq, gte, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm';
import type { EntryOrder, EntryStatus } from '../../domain/library/enums.js';
import type { Entry, EntryFilter, Quality } from '../../domain/library/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';
import { escapeLike } from './videos.js';

export class EntryQueries {
  constructor(private readonly db: Db) {}

  async getEntry(slug: string): Promise<Entry | null> {
    const rows = await this.#select().where(eq(this.db.tables.entries.slug, slug));
    return rows.map(toEntry)[0] ?? null;
  }

  async listEntriesByVideoIds(videoIds: readonly number[]): Promise<readonly Entry[]> {
    if (videoIds.length === 0) return [];
    const rows = await this.#select().where(inArray(this.db.tables.entries.videoId, [...videoIds]));
    return rows.map(toEntry);
  }

  async listEntries(filter: EntryFilter, order: EntryOrder, page: PageRequest): Promise<Page<Entry>> {
    const { entries } = this.db.tables;
    const column = { PUBLISHED: entries.publishedAtMs, CREATED: entries.createdAtMs, TITLE: entries.title }[
      order
    ];
    return mapPage(
      await listPage(
        this.#select(),
        {
          columns: [column, entries.videoId],
          order: order === 'TITLE' ? 'ascending' : 'descending',
          where: this.#matches(filter, order),
        },
        page,
      ),
      toEntry,
    );
  }

  async countEntries(filter: EntryFilter, order: EntryOrder): Promise<number> {
    return countRows(this.db, this.db.tables.entries, this.#matches(filter, order));
  }

  /** One statement for a whole page, highest first. */
  async listQualities(videoIds: readonly number[]): Promise<readonly (readonly Quality[])[]> {
    const found = new Map(videoIds.map((id) => [id, [] as Quality[]]));
    if (videoIds.length > 0) {
      const { entryQualities: own, qualities } = this.db.tables;
      const rows = await this.db.builder
        .select({
          videoId: own.videoId,
          name: qualities.name,
          widthPx: own.widthPx,
          heightPx: own.heightPx,
          bitrateKbps: own.bitrateKbps,
        })
        .from(own)
        .innerJoin(qualities, eq(qualities.id, own.qualityId))
        .where(inArray(own.videoId, [...videoIds]))
        .orderBy(
          sql`COALESCE(${own.heightPx}, 0) DESC`,
          sql`COALESCE(${own.bitrateKbps}, 0) DESC`,
          qualities.name,
        );
      for (const { videoId, ...quality } of rows) found.get(videoId)?.push(quality);
    }
    return videoIds.map((id) => found.get(id) ?? []);
  }

  #matches(filter: EntryFilter, order: EntryOrder): SQL | undefined {
    const { entries } = this.db.tables;
    return and(
      // The sign keeps the index of the deleted out of it: most entries are not, and a page would be sorted.
      filter.includesDeleted ? undefined : sql`+${entries.deletedAtMs} IS NULL`,
      order === 'PUBLISHED' ? isNotNull(entries.publishedAtMs) : undefined,
      filter.status === null ? undefined : eq(entries.status, filter.status),
      filter.categoryId === null ? undefined : eq(entries.categoryId, filter.categoryId),
      filter.publishedFromMs === null ? undefined : gte(entries.publishedAtMs, filter.publishedFromMs),
      filter.publishedToMs === null ? undefined : lt(entries.publishedAtMs, filter.publishedToMs),
      filter.text === null
        ? undefined
        : sql`${sql.raw(this.db.functions.lower('title'))} LIKE ${`%${escapeLike(filter.text.toLowerCase())}%`} ESCAPE '\\'`,
    );
  }

  #select() {
    const { entries } = this.db.tables;
    return this.db.builder.select().from(entries).$dynamic();
  }
}

type EntryRow = Omit<Entry, 'status'> & { readonly status: number };

/** A status of a newer version passes through and shows as UNKNOWN. */
const toEntry = (row: EntryRow): Entry => ({ ...row, status: row.status as EntryStatus });
