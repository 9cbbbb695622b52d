import { ExtractionJobStatus, isLegalTransition, ResultOrigin } from '../../domain/transcripts/enums.js';
import type {
  ExtractionJobTransition,
  ExtractionVideo,
  NewExtractionJob,
  NewExtractionResult,
} from '../../domain/transcripts/jobs.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

const { PENDING, PROCESSING } = ExtractionJobStatus;
const INTEGER = 'CAST(? AS BIGINT)';
const TEXT = 'CAST(? AS TEXT)';

const CREATE = `INSERT INTO trx_jobs
  (job_uuid, job_type, status, playlist_key, playlist_url, playlist_title, expected_count, metadata_json,
   created_at_ms, updated_at_ms)
  SELECT ${TEXT}, ${INTEGER}, ${PENDING}, ${TEXT}, ${TEXT}, ${TEXT}, ${INTEGER}, ${TEXT}, ${INTEGER}, ${INTEGER}
  WHERE NOT EXISTS (SELECT 1 FROM trx_jobs WHERE job_uuid = ?) ON CONFLICT (job_uuid) DO NOTHING`;

/** On PostgreSQL it also locks the job: two calls for one job take turns, and neither can overtake its end. */
const OPEN = `UPDATE trx_jobs SET status = ${PROCESSING}, started_at_ms = COALESCE(started_at_ms, ${INTEGER}),
  updated_at_ms = CASE WHEN updated_at_ms > ${INTEGER} THEN updated_at_ms ELSE ${INTEGER} END
  WHERE job_uuid = ? AND status IN (${PENDING}, ${PROCESSING})`;

const ANSWER_FROM_CACHE = `INSERT INTO trx_results
  (job_id, video_id, attempt_ms, origin, source_id, error_code_id, error_message, extracted_at_ms, recorded_at_ms)
  SELECT j.job_id, t.video_id, 0, ${ResultOrigin.CACHE}, t.source_id, t.error_code_id, t.error_message,
    ${INTEGER}, ${INTEGER}
  FROM trx_jobs j JOIN trx_job_videos v ON v.job_id = j.job_id JOIN trx_transcripts t ON t.video_id = v.video_id
  WHERE j.job_uuid = ? AND j.status = ${PENDING} AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ${INTEGER})
  ON CONFLICT DO NOTHING`;

const MOVE = `UPDATE trx_jobs SET status = ${INTEGER},
  started_at_ms = CASE WHEN ${INTEGER} = ${PROCESSING} THEN ${INTEGER} ELSE started_at_ms END,
  completed_at_ms = CASE WHEN ${INTEGER} = ${PROCESSING} THEN NULL
    WHEN created_at_ms > ${INTEGER} THEN created_at_ms ELSE ${INTEGER} END,
  updated_at_ms = CASE WHEN updated_at_ms > ${INTEGER} THEN updated_at_ms ELSE ${INTEGER} END,
  error_code_id = (SELECT id FROM trx_error_codes WHERE name = ?), error_message = ${TEXT}
  WHERE job_uuid = ? AND status IN (FROM_STATUSES)`;

/** Statements about extraction jobs; their texts are made once. */
export class ExtractionJobStatements {
  readonly #addFoundVideos: string;
  readonly #addNamedVideos: string;
  readonly #attachVideos: string;
  readonly #appendVideos: string;
  readonly #addResults: string;
  readonly #countResults: string;
  readonly #addWords: (table: 'trx_sources' | 'trx_error_codes') => string;

  constructor(functions: SqlFunctions) {
    const jsonRows = (columns: readonly string[]): string => functions.jsonRows('?', columns);
    const job = (status: number) =>
      `EXISTS (SELECT 1 FROM trx_jobs WHERE job_uuid = ? AND status = ${status})`;
    // In the order of the keys: transactions that add the same ones wait for each other and never in a circle.
    const addVideos = (status: number): string => `INSERT INTO imm_videos
      (video_key, canonical_title, source_type, source_url, duration_ms, created_at_ms, updated_at_ms)
      SELECT r.video_key, r.title, r.source_type, r.source_url, 0, ${INTEGER}, ${INTEGER}
      FROM ${jsonRows(['video_key text', 'title text', 'source_type', 'source_url text'])} AS r
      WHERE NOT EXISTS (SELECT 1 FROM imm_videos v WHERE v.video_key = r.video_key) AND ${job(status)}
      ORDER BY r.video_key ON CONFLICT (video_key) DO NOTHING`;
    this.#addNamedVideos = addVideos(PENDING);
    this.#addFoundVideos = addVideos(PROCESSING);
    const keys = jsonRows(['video_key text', 'position']);
    const appendVideos = (status: number, condition: string): string => `INSERT INTO trx_job_videos
      (job_id, video_id, position)
      SELECT j.job_id, v.video_id, r.position
        + (SELECT COALESCE(MAX(o.position) + 1, 0) FROM trx_job_videos o WHERE o.job_id = j.job_id)
      FROM ${keys} AS r JOIN imm_videos v ON v.video_key = r.video_key
      JOIN trx_jobs j ON j.job_uuid = ? AND j.status = ${status}
      WHERE ${condition} ON CONFLICT DO NOTHING`;
    this.#appendVideos = appendVideos(PROCESSING, 'true');
    // A call that is sent again, perhaps with other videos, finds the job as it is.
    this.#attachVideos = appendVideos(
      PENDING,
      'NOT EXISTS (SELECT 1 FROM trx_job_videos o WHERE o.job_id = j.job_id)',
    );
    const results = jsonRows([
      'video_key text',
      'source text',
      'error_code text',
      'error_message text',
      'extraction_ms',
      'extracted_at_ms',
    ]);
    this.#addResults = `INSERT INTO trx_results
      (job_id, video_id, attempt_ms, origin, source_id, error_code_id, error_message, extraction_ms, extracted_at_ms,
       recorded_at_ms)
      SELECT j.job_id, v.video_id, 0, ${ResultOrigin.EXTRACTED}, s.id, c.id, r.error_message, r.extraction_ms,
        r.extracted_at_ms, ${INTEGER}
      FROM ${results} AS r JOIN imm_videos v ON v.video_key = r.video_key
      JOIN trx_jobs j ON j.job_uuid = ? AND j.status = ${PROCESSING}
      LEFT JOIN trx_sources s ON s.name = r.source LEFT JOIN trx_error_codes c ON c.name = r.error_code
      WHERE true ON CONFLICT DO NOTHING`;
    this.#countResults = `SELECT COUNT(*) FROM ${jsonRows(['video_key text'])} AS r
      JOIN imm_videos v ON v.video_key = r.video_key JOIN trx_jobs j ON j.job_uuid = ?
      JOIN trx_results x ON x.job_id = j.job_id AND x.video_id = v.video_id`;
    this.#addWords = (table) => `INSERT INTO ${table} (name)
      SELECT r.name FROM ${jsonRows(['name text'])} AS r
      WHERE NOT EXISTS (SELECT 1 FROM ${table} o WHERE o.name = r.name)
      ORDER BY r.name ON CONFLICT DO NOTHING`;
  }

  create(job: NewExtractionJob, nowMs: number): Statement[] {
    const { jobUuid } = job;
    return [
      {
        sql: CREATE,
        params: [
          jobUuid,
          job.type,
          job.playlistKey,
          job.playlistUrl,
          job.playlistTitle,
          job.expectedCount,
          job.metadataJson,
          nowMs,
          nowMs,
          jobUuid,
        ],
      },
      { sql: this.#addNamedVideos, params: [nowMs, nowMs, videoRows(job.videos), jobUuid] },
      { sql: this.#attachVideos, params: [keyRows(job.videos), jobUuid] },
      { sql: ANSWER_FROM_CACHE, params: [nowMs, nowMs, jobUuid, nowMs] },
    ];
  }

  /** The first one changes no row when the job is not open, and then none does; the last one inserts the results. */
  record(jobUuid: string, results: readonly NewExtractionResult[], nowMs: number): Statement[] {
    const videos = results.map(({ video }) => video);
    return [
      { sql: OPEN, params: [nowMs, nowMs, nowMs, jobUuid] },
      ...this.#words(
        'trx_sources',
        results.map(({ source }) => source),
      ),
      ...this.#words(
        'trx_error_codes',
        results.map(({ errorCode }) => errorCode),
      ),
      { sql: this.#addFoundVideos, params: [nowMs, nowMs, videoRows(videos), jobUuid] },
      { sql: this.#appendVideos, params: [keyRows(videos), jobUuid] },
      { sql: this.#addResults, params: [nowMs, resultRows(results), jobUuid] },
    ];
  }

  /** How many of the videos have a result in the job, whatever its status. */
  countResults(jobUuid: string, results: readonly NewExtractionResult[]): Statement {
    return {
      sql: this.#countResults,
      params: [JSON.stringify(results.map(({ video }) => [video.videoKey])), jobUuid],
    };
  }

  /** The last one changes the job where the transition is legal, else nothing. */
  move({ jobUuid, to, errorCode, errorMessage }: ExtractionJobTransition, nowMs: number): Statement[] {
    const from = Object.values(ExtractionJobStatus).filter((status) => isLegalTransition(status, to));
    return [
      ...this.#words('trx_error_codes', [errorCode]),
      {
        sql: MOVE.replace('FROM_STATUSES', from.length === 0 ? 'NULL' : from.join(', ')),
        params: [to, to, nowMs, to, nowMs, nowMs, nowMs, nowMs, errorCode, errorMessage, jobUuid],
      },
    ];
  }

  #words(table: 'trx_sources' | 'trx_error_codes', words: readonly (string | null)[]): Statement[] {
    const names = [...new Set(words)].filter((word) => word !== null);
    if (names.length === 0) return [];
    return [{ sql: this.#addWords(table), params: [JSON.stringify(names.map((name) => [name]))] }];
  }
}

const videoRows = (videos: readonly ExtractionVideo[]): string =>
  JSON.stringify(videos.map((v) => [v.videoKey, v.title, v.sourceType, v.sourceUrl]));

const keyRows = (videos: readonly ExtractionVideo[]): string =>
  JSON.stringify(videos.map(({ videoKey }, position) => [videoKey, position]));

const resultRows = (results: readonly NewExtractionResult[]): string =>
  JSON.stringify(
    results.map((r) => [
      r.video.videoKey,
      r.source,
      r.errorCode,
      r.errorMessage,
      r.extractionMs,
      r.extractedAtMs,
    ]),
  );
