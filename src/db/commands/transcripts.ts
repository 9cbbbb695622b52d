import { SearchDomain } from '../../domain/search/types.js';
import type { CacheEntry, NewTranscript } from '../../domain/transcripts/cache.js';
import { ResultOrigin } from '../../domain/transcripts/enums.js';
import type { NewExtractionResult } from '../../domain/transcripts/jobs.js';
import { toPassages } from '../../domain/transcripts/passages.js';
import type { TranscriptSegment } from '../../domain/transcripts/segments.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { ManySearchStatements } from './search-many.js';
import { DictionaryWords } from './videos.js';

const INTEGER = 'CAST(? AS BIGINT)';

/** An entry whose segments are packed already. */
export interface PackedTranscript {
  readonly transcript: NewTranscript;
  /** Null in a negative entry. */
  readonly packed: {
    readonly body: Uint8Array;
    readonly segments: readonly TranscriptSegment[];
    readonly textBytes: number;
  } | null;
}

/** A negative entry never takes the place of a transcript that still answers. */
const MAY_REPLACE = `excluded.error_code_id IS NULL OR trx_transcripts.error_code_id IS NOT NULL
  OR trx_transcripts.expires_at_ms <= ${INTEGER}`;

const PUT_BODY = `INSERT INTO trx_transcript_bodies (video_id, body)
  SELECT v.video_id, ? FROM imm_videos v WHERE v.video_key = ?
  ON CONFLICT (video_id) DO UPDATE SET body = excluded.body`;

/** What `put` answers, by the place of the statement whose changed rows say it. */
export interface PutStatements {
  readonly statements: readonly Statement[];
  readonly storedAt: number;
}

/** Statements that write the transcript cache; their texts are made once. */
export class TranscriptStatements {
  readonly #addVideos: string;
  readonly #putEntries: string;
  readonly #removeBodies: string;
  readonly #removeDocuments: string;
  readonly #addResults: string;
  readonly #documents: ManySearchStatements;

  constructor(functions: SqlFunctions) {
    const keys = `${functions.jsonRows('?', ['video_key text', 'is_failure'])} AS r
      JOIN imm_videos v ON v.video_key = r.video_key JOIN trx_transcripts t ON t.video_id = v.video_id`;
    // In the order of the keys: transactions that add the same ones wait for each other and never in a circle.
    this.#addVideos = `INSERT INTO imm_videos
      (video_key, canonical_title, source_type, source_url, duration_ms, created_at_ms, updated_at_ms)
      SELECT r.video_key, r.title, r.source_type, r.source_url, 0, ${INTEGER}, ${INTEGER}
      FROM ${functions.jsonRows('?', ['video_key text', 'title text', 'source_type', 'source_url text'])} AS r
      WHERE NOT EXISTS (SELECT 1 FROM imm_videos v WHERE v.video_key = r.video_key)
      ORDER BY r.video_key ON CONFLICT (video_key) DO NOTHING`;
    const entries = functions.jsonRows('?', [
      'video_key text',
      'language text',
      'source text',
      'segment_count',
      'text_bytes',
      'stored_bytes',
      'error_code text',
      'error_message text',
      'extracted_at_ms',
      'extraction_ms',
      'expires_at_ms',
    ]);
    const replaced = [
      ...['language_id', 'source_id', 'segment_count', 'text_bytes', 'stored_bytes', 'error_code_id'],
      ...['error_message', 'extracted_at_ms', 'extraction_ms', 'created_at_ms', 'expires_at_ms'],
    ];
    this.#putEntries = `INSERT INTO trx_transcripts (video_id, ${replaced.join(', ')}, last_accessed_at_ms)
      SELECT v.video_id, l.id, s.id, r.segment_count, r.text_bytes, r.stored_bytes, c.id, r.error_message,
        r.extracted_at_ms, r.extraction_ms, ${INTEGER}, r.expires_at_ms, ${INTEGER}
      FROM ${entries} AS r JOIN imm_videos v ON v.video_key = r.video_key
      LEFT JOIN sys_languages l ON l.name = r.language LEFT JOIN trx_sources s ON s.name = r.source
      LEFT JOIN trx_error_codes c ON c.name = r.error_code
      WHERE true ORDER BY v.video_key
      ON CONFLICT (video_id) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')},
        last_accessed_at_ms = CASE WHEN trx_transcripts.last_accessed_at_ms > excluded.last_accessed_at_ms
          THEN trx_transcripts.last_accessed_at_ms ELSE excluded.last_accessed_at_ms END
      WHERE ${MAY_REPLACE}`;
    // Whether a failure was stored shows in the entry: only then is what was there gone.
    this.#removeBodies = `DELETE FROM trx_transcript_bodies WHERE video_id IN
      (SELECT v.video_id FROM ${keys} WHERE r.is_failure = 1 AND t.error_code_id IS NOT NULL)`;
    this.#removeDocuments = `DELETE FROM sys_search_documents WHERE domain = ${SearchDomain.TRANSCRIPT}
      AND subject_id IN (SELECT v.video_id FROM ${keys} WHERE r.is_failure = 0 OR t.error_code_id IS NOT NULL)`;
    this.#addResults = `INSERT INTO trx_results
      (job_id, video_id, attempt_ms, origin, source_id, error_code_id, error_message, extraction_ms, extracted_at_ms,
       recorded_at_ms)
      SELECT 0, v.video_id, r.extracted_at_ms, ${ResultOrigin.EXTRACTED}, s.id, c.id, r.error_message, r.extraction_ms,
        r.extracted_at_ms, ${INTEGER}
      FROM ${entries} AS r JOIN imm_videos v ON v.video_key = r.video_key
      LEFT JOIN trx_sources s ON s.name = r.source LEFT JOIN trx_error_codes c ON c.name = r.error_code
      WHERE true ON CONFLICT DO NOTHING`;
    this.#documents = new ManySearchStatements(functions, {
      column: 'subject text',
      join: 'JOIN imm_videos v ON v.video_key = r.subject',
      id: 'v.video_id',
    });
  }

  /** The rows that the statement at `storedAt` changes are the entries that took their place. */
  put(items: readonly PackedTranscript[], nowMs: number): PutStatements {
    const words = new DictionaryWords();
    for (const { transcript } of items.toSorted(byKey)) {
      words.add('sys_languages', transcript.language);
      words.add('trx_sources', transcript.source);
      words.add('trx_error_codes', errorCodeOf(transcript));
    }
    const before: Statement[] = [
      ...words.statements(),
      { sql: this.#addVideos, params: [nowMs, nowMs, JSON.stringify(items.map(videoRow))] },
    ];
    const keys = JSON.stringify(items.map(({ transcript, packed }) => [keyOf(transcript), packed ? 0 : 1]));
    const bodies = items.flatMap(({ transcript, packed }) =>
      packed === null ? [] : [{ sql: PUT_BODY, params: [packed.body, keyOf(transcript)] }],
    );
    const passages = items.flatMap(({ transcript, packed }) =>
      toPassages(packed?.segments ?? []).map((passage) => ({ ...passage, subject: keyOf(transcript) })),
    );
    return {
      storedAt: before.length,
      statements: [
        ...before,
        { sql: this.#putEntries, params: [nowMs, nowMs, JSON.stringify(items.map(entryRow)), nowMs] },
        { sql: this.#removeBodies, params: [keys] },
        ...bodies,
        { sql: this.#removeDocuments, params: [keys] },
        ...this.#documents.add(SearchDomain.TRANSCRIPT, passages),
      ],
    };
  }

  /** Extractions outside of a job: an attempt is known by the instant it ended. */
  addResults(items: readonly PackedTranscript[], nowMs: number): Statement {
    return { sql: this.#addResults, params: [nowMs, JSON.stringify(items.map(entryRow))] };
  }
}

/** What an entry says to the job that it was extracted for. */
export const toResult = (transcript: NewTranscript): NewExtractionResult => ({
  video: transcript.video,
  source: transcript.source,
  errorCode: errorCodeOf(transcript),
  errorMessage: 'segments' in transcript.content ? null : transcript.content.errorMessage,
  extractionMs: transcript.extractionMs,
  extractedAtMs: transcript.extractedAtMs,
});

const keyOf = ({ video }: NewTranscript): string => video.videoKey;
const errorCodeOf = ({ content }: NewTranscript): CacheEntry['errorCode'] =>
  'segments' in content ? null : content.errorCode;

const videoRow = ({ transcript: { video } }: PackedTranscript): (string | number | null)[] => [
  ...[video.videoKey, video.title, video.sourceType, video.sourceUrl],
];

const entryRow = ({ transcript, packed }: PackedTranscript): (string | number | null)[] => {
  const { errorCode, errorMessage, source, extractedAtMs, extractionMs } = toResult(transcript);
  return [
    ...[keyOf(transcript), transcript.language, source],
    ...[packed?.segments.length ?? 0, packed?.textBytes ?? 0, packed?.body.length ?? 0],
    ...[errorCode, errorMessage, extractedAtMs, extractionMs, transcript.expiresAtMs],
  ];
};

const byKey = (a: PackedTranscript, b: PackedTranscript): number =>
  keyOf(a.transcript) < keyOf(b.transcript) ? -1 : 1;
