import { TranscriptionStatus } from '../../domain/library/enums.js';
import type { TranscriptionContent } from '../../domain/library/transcription.js';
import { SearchDomain } from '../../domain/search/types.js';
import { toPassages } from '../../domain/transcripts/passages.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import type { PackedContent } from '../transcription-content.js';
import { ManySearchStatements } from './search-many.js';
import { DictionaryWords } from './videos.js';

const { PENDING, PROCESSING, COMPLETED, FAILED } = TranscriptionStatus;
const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';
const LANGUAGE = '(SELECT id FROM sys_languages WHERE name = ?)';
const OF_ENTRY = 'video_id = (SELECT video_id FROM lib_entries WHERE slug = ? AND deleted_at_ms IS NULL)';
const OPEN = `status IN (${PENDING}, ${PROCESSING})`;

/** Statements about transcriptions. */
export class TranscriptionStatements {
  readonly #passages: ManySearchStatements;

  constructor(functions: SqlFunctions) {
    // Only while it is open: what nobody may complete keeps what can be found of it.
    this.#passages = new ManySearchStatements(functions, {
      column: 'subject',
      join: `JOIN lib_transcriptions t ON t.video_id = r.subject AND t.${OPEN}`,
      id: 't.video_id',
    });
  }

  /** The last one tells. */
  request(slug: string, language: string | null, nowMs: number): Statement[] {
    return [
      ...languageWords(language),
      {
        sql: `INSERT INTO lib_transcriptions (video_id, status, language_id, requested_at_ms, updated_at_ms)
          SELECT e.video_id, ${PENDING}, ${LANGUAGE}, ${INTEGER}, ${INTEGER} FROM lib_entries e
          WHERE e.slug = ? AND e.deleted_at_ms IS NULL ON CONFLICT DO NOTHING`,
        params: [language, nowMs, nowMs, slug],
      },
    ];
  }

  start(slug: string, nowMs: number): Statement {
    return {
      sql: `UPDATE lib_transcriptions SET status = ${PROCESSING}, started_at_ms = ${INTEGER}, updated_at_ms = ${INTEGER},
        error_message = NULL WHERE ${OF_ENTRY} AND status = ${PENDING}`,
      params: [nowMs, nowMs, slug],
    };
  }

  /**
   * The one that changes an open transcription locks it; what follows sees it open until the last one, which tells.
   */
  complete(
    videoId: number,
    language: string | null,
    content: TranscriptionContent,
    packed: PackedContent,
    nowMs: number,
  ): Statement[] {
    const passages = toPassages(content.segments).map((passage) => ({ ...passage, subject: videoId }));
    return [
      ...languageWords(language),
      {
        // Also where it is there: a removal of texts that nobody uses waits, and then finds it used.
        sql: `INSERT INTO lib_transcription_texts (content_hash, content) VALUES (?, ?)
          ON CONFLICT (content_hash) DO UPDATE SET content_hash = excluded.content_hash`,
        params: [packed.hash, packed.bytes],
      },
      {
        sql: `UPDATE lib_transcriptions SET text_id =
            (SELECT text_id FROM lib_transcription_texts WHERE content_hash = ?), word_count = ${INTEGER},
          language_id = COALESCE(${LANGUAGE}, language_id) WHERE video_id = ? AND ${OPEN}`,
        params: [packed.hash, packed.wordCount, language, videoId],
      },
      {
        sql: `DELETE FROM sys_search_documents WHERE domain = ${SearchDomain.TRANSCRIPTION} AND subject_id =
          (SELECT video_id FROM lib_transcriptions WHERE video_id = ? AND ${OPEN})`,
        params: [videoId],
      },
      ...this.#passages.add(SearchDomain.TRANSCRIPTION, passages),
      {
        sql: `UPDATE lib_transcriptions SET status = ${COMPLETED}, completed_at_ms = ${INTEGER}, updated_at_ms = ${INTEGER},
          error_message = NULL WHERE video_id = ? AND ${OPEN}`,
        params: [nowMs, nowMs, videoId],
      },
    ];
  }

  fail(slug: string, errorMessage: string, nowMs: number): Statement {
    return {
      sql: `UPDATE lib_transcriptions SET status = ${FAILED}, error_message = ${TEXT}, updated_at_ms = ${INTEGER}
        WHERE ${OF_ENTRY} AND ${OPEN}`,
      params: [errorMessage, nowMs, slug],
    };
  }

  retry(slug: string, nowMs: number): Statement {
    return {
      sql: `UPDATE lib_transcriptions SET status = ${PENDING}, error_message = NULL, started_at_ms = NULL,
        completed_at_ms = NULL, updated_at_ms = ${INTEGER} WHERE ${OF_ENTRY} AND status IN (${COMPLETED}, ${FAILED})`,
      params: [nowMs, slug],
    };
  }
}

/**
 * What can be found of transcriptions that are gone: to be put behind the removal of the entries or videos with these
 * ids, in the same transaction.
 */
export const removeFoundStatement = (functions: SqlFunctions, videoIds: readonly number[]): Statement => ({
  sql: `DELETE FROM sys_search_documents WHERE domain = ${SearchDomain.TRANSCRIPTION}
    AND subject_id IN (SELECT id FROM ${functions.jsonRows('?', ['id'])} AS i)
    AND NOT EXISTS (SELECT 1 FROM lib_transcriptions t WHERE t.video_id = sys_search_documents.subject_id)`,
  params: [JSON.stringify(videoIds.map((id) => [id]))],
});

/** Texts that no transcription has any more. */
export const removeUnusedTexts: Statement = {
  sql: `DELETE FROM lib_transcription_texts WHERE NOT EXISTS
    (SELECT 1 FROM lib_transcriptions t WHERE t.text_id = lib_transcription_texts.text_id)`,
  params: [],
};

function languageWords(language: string | null): Statement[] {
  const words = new DictionaryWords();
  words.add('sys_languages', language);
  return words.statements();
}
