import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type {
  Transcription,
  TranscriptionContent,
  TranscriptionFilter,
} from '../../domain/library/transcription.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { SearchQuery } from '../../domain/search/query.js';
import { SearchDomain, type SearchHit } from '../../domain/search/types.js';
import type { Db } from '../database.js';
import { unpackContent } from '../transcription-content.js';
import { countRows, listPage } from './keyset.js';
import { SearchQueries } from './search.js';

export class TranscriptionQueries {
  readonly #search: SearchQueries;

  constructor(private readonly db: Db) {
    this.#search = new SearchQueries(db);
  }

  async listByVideoIds(videoIds: readonly number[]): Promise<readonly Transcription[]> {
    return this.#select().where(inArray(this.db.tables.transcriptions.videoId, [...videoIds]));
  }

  async list(filter: TranscriptionFilter, page: PageRequest): Promise<Page<Transcription>> {
    const { transcriptions: own } = this.db.tables;
    return listPage(
      this.#select(),
      { columns: [own.requestedAtMs, own.videoId], order: 'descending', where: this.#matches(filter) },
      page,
    );
  }

  async count(filter: TranscriptionFilter): Promise<number> {
    return countRows(this.db, this.db.tables.transcriptions, this.#matches(filter));
  }

  async listContents(textIds: readonly number[]): Promise<readonly (TranscriptionContent | null)[]> {
    const list = JSON.stringify([...new Set(textIds)].map((id) => [id]));
    const rows = await this.db.backend.read({
      sql: `SELECT text_id, content FROM lib_transcription_texts
        WHERE text_id IN (SELECT id FROM ${this.db.functions.jsonRows('?', ['id'])} AS i)`,
      params: [list],
    });
    const found = new Map<number, TranscriptionContent>();
    for (const [id, bytes] of rows) {
      if (bytes instanceof Uint8Array) found.set(Number(id), await unpackContent(bytes));
    }
    return textIds.map((id) => found.get(id) ?? null);
  }

  /** The hash of what was completed last. */
  async getContentHash(textId: number): Promise<string | null> {
    const { transcriptionTexts: texts } = this.db.tables;
    const rows = await this.db.builder
      .select({ contentHash: texts.contentHash })
      .from(texts)
      .where(eq(texts.textId, textId));
    return rows[0]?.contentHash ?? null;
  }

  search(query: SearchQuery, page: PageRequest): Promise<Page<SearchHit>> {
    const isShown = {
      sql: `EXISTS (SELECT 1 FROM lib_entries e WHERE e.video_id = d.subject_id AND e.deleted_at_ms IS NULL)`,
      params: [],
    };
    return this.#search.listHits(SearchDomain.TRANSCRIPTION, query, isShown, page);
  }

  #matches({ status, language }: TranscriptionFilter): SQL | undefined {
    const { transcriptions: own, languages } = this.db.tables;
    return and(
      sql`NOT EXISTS (SELECT 1 FROM lib_entries e WHERE e.video_id = ${own.videoId} AND e.deleted_at_ms IS NOT NULL)`,
      status === null ? undefined : eq(own.status, status),
      language === null
        ? undefined
        : inArray(
            own.languageId,
            this.db.builder.select({ id: languages.id }).from(languages).where(eq(languages.name, language)),
          ),
    );
  }

  #select() {
    const { transcriptions: own, languages } = this.db.tables;
    return this.db.builder
      .select({
        videoId: own.videoId,
        status: own.status,
        language: sql<string | null>`${languages.name}`.as('language_name'),
        textId: own.textId,
        wordCount: own.wordCount,
        requestedAtMs: own.requestedAtMs,
        updatedAtMs: own.updatedAtMs,
        startedAtMs: own.startedAtMs,
        completedAtMs: own.completedAtMs,
        errorMessage: own.errorMessage,
      })
      .from(own)
      .leftJoin(languages, eq(languages.id, own.languageId));
  }
}
