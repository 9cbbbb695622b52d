import type { Page, PageRequest } from '../../domain/page.js';
import type { SearchQuery } from '../../domain/search/query.js';
import { firstMatchIn, snippetOf } from '../../domain/search/snippet.js';
import { SearchDomain, type SearchHit } from '../../domain/search/types.js';
import { segmentAt, toPassages, type Passage } from '../../domain/transcripts/passages.js';
import type { TranscriptHit, TranscriptSearchFilter } from '../../domain/transcripts/search.js';
import type { Db } from '../database.js';
import { SearchQueries, type SubjectFilter } from './search.js';
import type { TranscriptQueries } from './transcripts.js';

/** Transcripts that are expanded at once: each may have millions of characters. */
const EXPANDED_AT_ONCE = 10;

/** What an entry must be to be found: an expired one answers nothing. */
const ANSWERS = `EXISTS (SELECT 1 FROM trx_transcripts t WHERE t.video_id = d.subject_id
  AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?))`;
const IN_LANGUAGE = `EXISTS (SELECT 1 FROM trx_transcripts t JOIN sys_languages l ON l.id = t.language_id
  WHERE t.video_id = d.subject_id AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?)
    AND (LOWER(l.name) = ? OR SUBSTR(LOWER(l.name), 1, LENGTH(CAST(? AS TEXT)) + 1) = CAST(? AS TEXT) || '-'))`;

/** Finds passages of transcripts by their words. */
export class TranscriptSearch {
  readonly #search: SearchQueries;

  constructor(
    db: Pick<Db, 'backend' | 'functions'>,
    private readonly transcripts: TranscriptQueries,
  ) {
    this.#search = new SearchQueries(db);
  }

  async listHits(
    query: SearchQuery,
    filter: TranscriptSearchFilter,
    nowMs: number,
    page: PageRequest,
  ): Promise<Page<TranscriptHit>> {
    const found = await this.#search.listHits(SearchDomain.TRANSCRIPT, query, toFilter(filter, nowMs), page);
    const rows = new Map<SearchHit, TranscriptHit>();
    const videoIds = [...new Set(found.rows.map(({ subjectId }) => subjectId))];
    for (let done = 0; done < videoIds.length; done += EXPANDED_AT_ONCE) {
      const part = videoIds.slice(done, done + EXPANDED_AT_ONCE);
      const passages = (await this.transcripts.listSegments(part)).map(toPassages);
      for (const hit of found.rows) {
        const passage = passages[part.indexOf(hit.subjectId)]?.[hit.part];
        if (passage !== undefined) rows.set(hit, toHit(hit, passage, query));
      }
    }
    // One that was removed or replaced since it was found is left out.
    return { ...found, rows: found.rows.map((hit) => rows.get(hit)).filter((hit) => hit !== undefined) };
  }
}

function toFilter({ language }: TranscriptSearchFilter, nowMs: number): SubjectFilter {
  if (language === null) return { sql: ANSWERS, params: [nowMs] };
  const range = language.toLowerCase();
  return { sql: IN_LANGUAGE, params: [nowMs, range, range, range] };
}

/** The words of a phrase may stand in other places than the first match: the passage begins where nothing is marked. */
function toHit(hit: SearchHit, passage: Passage, query: SearchQuery): TranscriptHit {
  const segment = segmentAt(passage, firstMatchIn(passage.text, query) ?? 0);
  return {
    documentId: hit.documentId,
    rank: hit.rank,
    videoId: hit.subjectId,
    startMs: segment?.startMs ?? passage.atMs,
    endMs: segment?.endMs ?? passage.atMs,
    snippet: snippetOf(passage.text, query),
  };
}
