import { SearchDomain } from '../../domain/search/types.js';
import type { SqlValue } from '../backend.js';
import { searchTextOf } from '../commands/extraction-search.js';
import type { Db } from '../database.js';
import type { SearchSource } from '../maintenance/search-rebuild.js';

/** Events of one page: some megabytes of text at the very most. */
const PAGE = 500;

const COUNT = 'SELECT COUNT(*) FROM agt_extractions';
const READ = `SELECT extraction_id, ts_ms, matched_value, original_line FROM agt_extractions
  WHERE extraction_id > ? ORDER BY extraction_id LIMIT ${PAGE}`;
/** Events never change, and new ones have higher ids: as many as were read are those that were read. */
const PRINT = 'SELECT CAST(COUNT(*) AS TEXT) FROM agt_extractions WHERE extraction_id > ?';

const textOf = (value: SqlValue | undefined): string | null => (typeof value === 'string' ? value : null);

/** The value and the line of extraction events. */
export const extractionSource = ({ backend }: Pick<Db, 'backend'>): SearchSource => ({
  domain: SearchDomain.EXTRACTION,
  name: 'extraction events',
  async count() {
    return Number((await backend.read({ sql: COUNT, params: [] }))[0]?.[0] ?? 0);
  },
  async read(aboveId) {
    const rows = await backend.read({ sql: READ, params: [aboveId] });
    const subjects = rows.map(([id, tsMs, value, line]) => ({
      subjectId: Number(id),
      parts: [
        {
          part: 0,
          atMs: Number(tsMs),
          text: searchTextOf({ matchedValue: textOf(value), originalLine: textOf(line) }),
        },
      ],
    }));
    const toId = subjects.at(-1)?.subjectId ?? null;
    const guard = {
      sql: toId === null ? PRINT : `${PRINT} AND extraction_id <= ?`,
      params: toId === null ? [aboveId] : [aboveId, toId],
      equals: String(rows.length),
    };
    return { subjects, guard };
  },
});
