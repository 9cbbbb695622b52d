import { SearchDomain } from '../../domain/search/types.js';
import { toPassages } from '../../domain/transcripts/passages.js';
import type { Db } from '../database.js';
import type { SearchSource } from '../maintenance/search-rebuild.js';
import { unpackSegments } from '../segment-bytes.js';

/** Transcripts of one page: some thousand passages, some megabytes of text. */
const PAGE = 20;

const COUNT = 'SELECT COUNT(*) FROM trx_transcript_bodies';
const READ = `SELECT b.video_id, b.body, t.created_at_ms, t.stored_bytes FROM trx_transcript_bodies b
  JOIN trx_transcripts t ON t.video_id = b.video_id WHERE b.video_id > ? ORDER BY b.video_id LIMIT ${PAGE}`;
// As text: sums are of another type in PostgreSQL.
const PRINT = `SELECT CAST(COALESCE(SUM(t.created_at_ms + t.stored_bytes), 0) AS TEXT) FROM trx_transcript_bodies b
  JOIN trx_transcripts t ON t.video_id = b.video_id WHERE b.video_id > ?`;

/** The passages of cached transcripts. */
export const transcriptSource = ({ backend }: Pick<Db, 'backend'>): SearchSource => ({
  domain: SearchDomain.TRANSCRIPT,
  name: 'transcripts',
  async count() {
    return Number((await backend.read({ sql: COUNT, params: [] }))[0]?.[0] ?? 0);
  },
  async read(aboveId) {
    const rows = await backend.read({ sql: READ, params: [aboveId] });
    const subjects = await Promise.all(
      rows.map(async ([videoId, body]) => ({
        subjectId: Number(videoId),
        parts: body instanceof Uint8Array ? toPassages(await unpackSegments(body)) : [],
      })),
    );
    const toId = subjects.at(-1)?.subjectId ?? null;
    const print = rows.reduce(
      (sum, [, , createdAtMs, bytes]) => sum + Number(createdAtMs) + Number(bytes),
      0,
    );
    const guard = {
      sql: toId === null ? PRINT : `${PRINT} AND b.video_id <= ?`,
      params: toId === null ? [aboveId] : [aboveId, toId],
      equals: String(print),
    };
    return { subjects, guard };
  },
});
