import type { CachedTranscript, CacheEntry, CacheStatistics } from '../../domain/transcripts/cache.js';
import type { TranscriptSegment } from '../../domain/transcripts/segments.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { unpackSegments } from '../segment-bytes.js';

const ENTRY = `v.video_id, v.video_key, l.name, s.name, t.segment_count, t.text_bytes, t.stored_bytes, c.name,
  t.error_message, t.extracted_at_ms, t.extraction_ms, t.created_at_ms, t.expires_at_ms, t.last_accessed_at_ms,
  t.access_count`;
const WORDS = `LEFT JOIN sys_languages l ON l.id = t.language_id LEFT JOIN trx_sources s ON s.id = t.source_id
  LEFT JOIN trx_error_codes c ON c.id = t.error_code_id`;
const ANSWERS = '(t.expires_at_ms IS NULL OR t.expires_at_ms > ?)';

const HAS = `SELECT COUNT(*) FROM imm_videos v CROSS JOIN trx_transcripts t
  WHERE v.video_key = ? AND t.video_id = v.video_id AND t.error_code_id IS NULL AND ${ANSWERS}`;
const HELD = `SELECT COUNT(*), COUNT(error_code_id), COUNT(CASE WHEN expires_at_ms <= ? THEN 1 END),
  COALESCE(SUM(stored_bytes), 0), MIN(created_at_ms), MAX(created_at_ms) FROM trx_transcripts`;
const USED = `SELECT COALESCE(SUM(hits), 0), COALESCE(SUM(negative_hits), 0), COALESCE(SUM(misses), 0),
  COALESCE(SUM(evicted_count), 0), COALESCE(SUM(evicted_bytes), 0) FROM trx_cache_slices`;

/** Lookups in the transcript cache. The list of keys comes first: its order of joins is the cheap one at any size. */
export class TranscriptQueries {
  readonly #byKeys: string;
  readonly #byIds: string;
  readonly #bodies: string;

  constructor(private readonly db: Pick<Db, 'backend' | 'functions'>) {
    const keys = `${db.functions.jsonRows('?', ['video_key text'])} AS r`;
    const ids = `${db.functions.jsonRows('?', ['id'])} AS r`;
    this.#byKeys = `SELECT ${ENTRY}, b.body FROM ${keys} CROSS JOIN imm_videos v CROSS JOIN trx_transcripts t
      LEFT JOIN trx_transcript_bodies b ON b.video_id = t.video_id ${WORDS}
      WHERE v.video_key = r.video_key AND t.video_id = v.video_id AND ${ANSWERS}`;
    this.#byIds = `SELECT ${ENTRY} FROM ${ids} CROSS JOIN imm_videos v CROSS JOIN trx_transcripts t ${WORDS}
      WHERE v.video_id = r.id AND t.video_id = v.video_id AND ${ANSWERS}`;
    this.#bodies = `SELECT b.video_id, b.body FROM ${ids} CROSS JOIN trx_transcript_bodies b WHERE b.video_id = r.id`;
  }

  async listTranscripts(
    videoKeys: readonly string[],
    nowMs: number,
  ): Promise<readonly (CachedTranscript | null)[]> {
    const rows = await this.#rows(this.#byKeys, videoKeys, nowMs);
    const found = new Map(
      rows.map((row) => {
        const entry = toEntry(row);
        return [entry.videoKey, { ...entry, segments: once(row.at(-1) ?? null) }];
      }),
    );
    return videoKeys.map((key) => found.get(key) ?? null);
  }

  async listCacheEntries(
    videoIds: readonly number[],
    nowMs: number,
  ): Promise<readonly (CacheEntry | null)[]> {
    const entries = (await this.#rows(this.#byIds, videoIds, nowMs)).map(toEntry);
    const found = new Map(entries.map((entry) => [entry.videoId, entry]));
    return videoIds.map((id) => found.get(id) ?? null);
  }

  async listSegments(videoIds: readonly number[]): Promise<readonly (readonly TranscriptSegment[])[]> {
    const found = new Map((await this.#rows(this.#bodies, videoIds)).map(([id, body]) => [Number(id), body]));
    return Promise.all(videoIds.map((id) => toSegments(found.get(id) ?? null)));
  }

  async hasTranscript(videoKey: string, nowMs: number): Promise<boolean> {
    const [row] = await this.db.backend.read({ sql: HAS, params: [videoKey, nowMs] });
    return Number(row?.[0]) > 0;
  }

  async summarizeCache(nowMs: number): Promise<CacheStatistics> {
    const [[held = []], [used = []]] = await Promise.all([
      this.db.backend.read({ sql: HELD, params: [nowMs] }),
      this.db.backend.read({ sql: USED, params: [] }),
    ]);
    const [entriesCount = 0, negativeCount = 0, expiredCount = 0, storedBytes = 0] = held.map(Number);
    const [hits = 0, negativeHits = 0, misses = 0, evictedCount = 0, evictedBytes = 0] = used.map(Number);
    const [oldestMs = null, newestMs = null] = held.slice(4).map(orNull);
    return {
      ...{ entriesCount, negativeCount, expiredCount, storedBytes, oldestMs, newestMs },
      ...{ hits, negativeHits, misses, evictedCount, evictedBytes },
    };
  }

  #rows(sql: string, values: readonly (string | number)[], ...params: SqlValue[]): Promise<SqlValue[][]> {
    const list = JSON.stringify([...new Set(values)].map((value) => [value]));
    return this.db.backend.read({ sql, params: [list, ...params] });
  }
}

/** Expanded when somebody first asks: a lookup for its times or its size never is. */
function once(body: SqlValue): () => Promise<readonly TranscriptSegment[]> {
  let segments: Promise<readonly TranscriptSegment[]> | null = null;
  return () => (segments ??= toSegments(body));
}

const toSegments = async (body: SqlValue): Promise<readonly TranscriptSegment[]> =>
  body instanceof Uint8Array ? unpackSegments(body) : [];

const orNull = (value: SqlValue | undefined): number | null => (value == null ? null : Number(value));
const textOrNull = (value: SqlValue | undefined): string | null => (value == null ? null : String(value));

function toEntry(row: readonly SqlValue[]): CacheEntry {
  const [videoId, videoKey, language, source, segmentCount, textBytes, storedBytes, ...rest] = row;
  const [errorCode, errorMessage, extractedAtMs, extractionMs, createdAtMs, expiresAtMs, ...access] = rest;
  return {
    videoId: Number(videoId),
    videoKey: String(videoKey),
    language: textOrNull(language),
    source: textOrNull(source),
    segmentCount: Number(segmentCount),
    textBytes: Number(textBytes),
    storedBytes: Number(storedBytes),
    errorCode: textOrNull(errorCode),
    errorMessage: textOrNull(errorMessage),
    extractedAtMs: Number(extractedAtMs),
    extractionMs: orNull(extractionMs),
    createdAtMs: Number(createdAtMs),
    expiresAtMs: orNull(expiresAtMs),
    lastAccessedAtMs: Number(access[0]),
    accessCount: Number(access[1]),
  };
}
