import { invalidCursor } from '../../domain/errors.js';
import { toPage, type Page, type PageKey, type PageRequest } from '../../domain/page.js';
import type { SearchQuery } from '../../domain/search/query.js';
import type { SearchDomain, SearchHit } from '../../domain/search/types.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { domainToken } from './search-dialect.js';

/** Narrows a search to subjects that a condition holds for. */
export interface SubjectFilter {
  /** A condition over `d.subject_id`, with `?` for its parameters. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Documents whose text matches, best first. */
export class SearchQueries {
  constructor(private readonly db: Pick<Db, 'backend' | 'functions'>) {}

  /**
   * Key [rank as text, documentId]: see `keyOfHit`. Ranks depend on everything that is indexed: a page asked for after much was written may
   * repeat or miss a hit near its border. Every match is ranked, so a very common word costs as many rows as it has.
   */
  async listHits(
    domain: SearchDomain,
    query: SearchQuery,
    filter: SubjectFilter | null,
    page: PageRequest,
  ): Promise<Page<SearchHit>> {
    const { search } = this.db.functions;
    const { matches, rank, isRankParameterised, keyColumn } = search;
    const terms = [{ tokens: [domainToken(domain)], isPrefix: false, isExcluded: false }, ...query.terms];
    const match = search.toMatch(terms);
    const isForward = page.direction === 'forward';
    const [order, sign] = isForward ? ['', '>'] : [' DESC', '<'];
    const rows = await this.db.backend.read({
      sql: `SELECT document_id, subject_id, part, at_ms, score FROM (
          SELECT d.document_id, d.subject_id, d.part, d.at_ms, ${rank} AS score
          FROM sys_search_index AS f CROSS JOIN sys_search_documents AS d
          WHERE ${matches} AND d.document_id = f.${keyColumn} AND d.domain = ?
          ${filter === null ? '' : `AND ${filter.sql}`}
        ) AS hits ${page.start === null ? '' : `WHERE (score, document_id) ${sign} (CAST(? AS double precision), CAST(? AS BIGINT))`}
        ORDER BY score${order}, document_id${order} LIMIT ?`,
      params: [
        ...(isRankParameterised ? [match] : []),
        match,
        domain,
        ...(filter?.params ?? []),
        ...startOf(page.start),
        page.size + 1,
      ],
    });
    return toPage(rows.map(toHit), page);
  }
}

/** Throws INVALID_CURSOR. */
function startOf(key: PageKey | null): number[] {
  if (key === null) return [];
  const numbers = key.map(Number);
  if (!numbers.every(Number.isFinite)) throw invalidCursor('The cursor cannot be read');
  return numbers;
}

const toHit = ([documentId, subjectId, part, atMs, rank]: readonly SqlValue[]): SearchHit => ({
  documentId: Number(documentId),
  subjectId: Number(subjectId),
  part: Number(part),
  atMs: Number(atMs),
  rank: Number(rank),
});
