import { SearchDomain } from '../../domain/search/types.js';
import { toPassages } from '../../domain/transcripts/passages.js';
import type { Db } from '../database.js';
import type { SearchSource } from '../maintenance/search-rebuild.js';
import { unpackContent } from '../transcription-content.js';

/** Transcriptions of one page: some thousand passages, some megabytes of text. */
const PAGE = 20;

const COUNT = 'SELECT COUNT(*) FROM lib_transcriptions WHERE text_id IS NOT NULL';
const READ = `SELECT t.video_id, x.content, t.text_id, t.updated_at_ms FROM lib_transcriptions t
  JOIN lib_transcription_texts x ON x.text_id = t.text_id WHERE t.video_id > ? ORDER BY t.video_id LIMIT ${PAGE}`;
// As text: sums are of another type in PostgreSQL.
const PRINT = `SELECT CAST(COALESCE(SUM(t.text_id + t.updated_at_ms), 0) AS TEXT) FROM lib_transcriptions t
  WHERE t.text_id IS NOT NULL AND t.video_id > ?`;

/** The passages of transcriptions. */
export const transcriptionSource = ({ backend }: Pick<Db, 'backend'>): SearchSource => ({
  domain: SearchDomain.TRANSCRIPTION,
  name: 'transcriptions',
  async count() {
    return Number((await backend.read({ sql: COUNT, params: [] }))[0]?.[0] ?? 0);
  },
  async read(aboveId) {
    const rows = await backend.read({ sql: READ, params: [aboveId] });
    const subjects = await Promise.all(
      rows.map(async ([videoId, content]) => ({
        subjectId: Number(videoId),
        parts: content instanceof Uint8Array ? toPassages((await unpackContent(content)).segments) : [],
      })),
    );
    const toId = subjects.at(-1)?.subjectId ?? null;
    const print = rows.reduce(
      (sum, [, , textId, updatedAtMs]) => sum + Number(textId) + Number(updatedAtMs),
      0,
    );
    return {
      subjects,
      guard: {
        sql: toId === null ? PRINT : `${PRINT} AND t.video_id <= ?`,
        params: toId === null ? [aboveId] : [aboveId, toId],
        equals: String(print),
      },
    };
  },
});
