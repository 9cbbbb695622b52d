import type { NewTranscript, PutOutcome, TranscriptCacheStore } from '../domain/transcripts/cache.js';
import { toPlainText } from '../domain/transcripts/segments.js';
import { ExtractionJobStatements } from './commands/extraction-jobs.js';
import { toResult, TranscriptStatements, type PackedTranscript } from './commands/transcripts.js';
import type { Db } from './database.js';
import { CacheEviction, removeDocuments } from './maintenance/cache-eviction.js';
import { TranscriptSearch } from './queries/transcript-search.js';
import { TranscriptQueries } from './queries/transcripts.js';
import { packSegments } from './segment-bytes.js';

/** Text of one transaction, bytes: a bulk put must not keep the writer from flushes. One transcript is never split. */
const CHUNK_BYTES = 512 * 1_024;
/** Failures have no text, but rows. */
const CHUNK_ENTRIES = 200;

/** The cache port over its commands and queries. */
export function createTranscriptCacheStore(db: Db): TranscriptCacheStore {
  const queries = new TranscriptQueries(db);
  const search = new TranscriptSearch(db, queries);
  const statements = new TranscriptStatements(db.functions);
  const jobs = new ExtractionJobStatements(db.functions);
  const eviction = new CacheEviction(db);
  const one = '(CAST(? AS BIGINT))';

  async function putChunk(
    items: readonly PackedTranscript[],
    jobUuid: string | null,
    nowMs: number,
  ): Promise<PutOutcome> {
    const put = statements.put(items, nowMs);
    const results =
      jobUuid === null
        ? [statements.addResults(items, nowMs)]
        : jobs.record(
            jobUuid,
            items.map(({ transcript }) => toResult(transcript)),
            nowMs,
          );
    const changes = await db.backend.transact([...put.statements, ...results]);
    const storedCount = changes[put.storedAt] ?? 0;
    const recordedCount = changes.at(-1) ?? 0;
    return { storedCount, keptCount: items.length - storedCount, recordedCount };
  }

  return {
    async putTranscripts(transcripts, jobUuid, nowMs) {
      const sum = { storedCount: 0, keptCount: 0, recordedCount: 0 };
      for await (const chunk of chunksOf(transcripts)) {
        const outcome = await putChunk(chunk, jobUuid, nowMs);
        sum.storedCount += outcome.storedCount;
        sum.keptCount += outcome.keptCount;
        sum.recordedCount += outcome.recordedCount;
      }
      return sum;
    },
    listTranscripts: (videoKeys, nowMs) => queries.listTranscripts(videoKeys, nowMs),
    listCacheEntries: (videoIds, nowMs) => queries.listCacheEntries(videoIds, nowMs),
    listSegments: (videoIds) => queries.listSegments(videoIds),
    hasTranscript: (videoKey, nowMs) => queries.hasTranscript(videoKey, nowMs),
    listHits: (query, filter, nowMs, page) => search.listHits(query, filter, nowMs, page),
    async deleteTranscript(videoKey) {
      const [row] = await db.backend.read({
        sql: 'SELECT video_id FROM imm_videos WHERE video_key = ?',
        params: [videoKey],
      });
      if (row === undefined) return false;
      const videoId = Number(row[0]);
      const [removed] = await db.backend.transact([
        { sql: 'DELETE FROM trx_transcripts WHERE video_id = ?', params: [videoId] },
        removeDocuments(one, videoId),
      ]);
      return (removed ?? 0) > 0;
    },
    summarizeCache: (nowMs) => queries.summarizeCache(nowMs),
    evict: (limits, nowMs, signal) => eviction.evict(limits, nowMs, signal),
    evictOldest: (count, nowMs, signal) => eviction.evictOldest(count, nowMs, signal),
  };
}

/** Packed as they come: one chunk is held at a time. */
async function* chunksOf(transcripts: readonly NewTranscript[]): AsyncGenerator<readonly PackedTranscript[]> {
  let chunk: PackedTranscript[] = [];
  let bytes = 0;
  for (const transcript of transcripts) {
    const packed = await pack(transcript);
    const ownBytes = packed.packed?.textBytes ?? 0;
    if (chunk.length > 0 && (bytes + ownBytes > CHUNK_BYTES || chunk.length === CHUNK_ENTRIES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(packed);
    bytes += ownBytes;
  }
  if (chunk.length > 0) yield chunk;
}

async function pack(transcript: NewTranscript): Promise<PackedTranscript> {
  if (!('segments' in transcript.content)) return { transcript, packed: null };
  const { segments } = transcript.content;
  const textBytes = new TextEncoder().encode(toPlainText(segments)).length;
  return { transcript, packed: { segments, textBytes, body: await packSegments(segments) } };
}
