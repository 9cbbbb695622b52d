import type { SearchDomain, SearchPart } from '../../domain/search/types.js';
import { tokensOf } from '../../domain/search/tokenize.js';
import type { Statement } from '../backend.js';
import { domainToken } from '../queries/search-dialect.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

/** How a subject is found by what the parts name it by. */
export interface SubjectJoin {
  /** `subject` for an id, `subject text` for a key. */
  readonly column: 'subject' | 'subject text';
  /** Follows `FROM … AS r`, which has the column subject. */
  readonly join: string;
  /** An expression for the id of the subject. */
  readonly id: string;
}

/** A part with what its subject is named by. */
export interface NamedPart extends SearchPart {
  readonly subject: string | number;
}

export const SUBJECT_BY_ID: SubjectJoin = { column: 'subject', join: '', id: 'r.subject' };

/**
 * Writes the parts of many subjects in two statements, however many there are: a film has hundreds of passages. Parts
 * without a word are left out, as are subjects that are not there. What was there of a subject must have gone before.
 */
export class ManySearchStatements {
  readonly #documents: string;
  readonly #index: string;

  constructor(
    private readonly functions: SqlFunctions,
    { column, join, id }: SubjectJoin,
  ) {
    const { keyColumn, indexedValue } = functions.search;
    const rows = functions.jsonRows('?', [column, 'part', 'at_ms', 'terms text']);
    this.#documents = `INSERT INTO sys_search_documents (domain, subject_id, part, at_ms)
      SELECT CAST(? AS BIGINT), ${id}, r.part, r.at_ms FROM ${rows} AS r ${join}`;
    this.#index = `INSERT INTO sys_search_index (${keyColumn}, terms)
      SELECT d.document_id, ${indexedValue.replace('?', 'r.terms')} FROM ${rows} AS r ${join}
      JOIN sys_search_documents d ON d.domain = CAST(? AS BIGINT) AND d.subject_id = ${id} AND d.part = r.part`;
  }

  add(domain: SearchDomain, parts: readonly NamedPart[]): Statement[] {
    const rows = parts.flatMap(({ subject, part, atMs, text }) => {
      const tokens = tokensOf(text);
      if (tokens.length === 0) return [];
      return [[subject, part, atMs, this.functions.search.toIndexed([domainToken(domain), ...tokens])]];
    });
    if (rows.length === 0) return [];
    const json = JSON.stringify(rows);
    return [
      { sql: this.#documents, params: [domain, json] },
      { sql: this.#index, params: [json, domain] },
    ];
  }
}
