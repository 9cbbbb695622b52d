import type { SearchDomain, SearchPart } from '../../domain/search/types.js';
import { tokensOf } from '../../domain/search/tokenize.js';
import type { SqlValue, Statement } from '../backend.js';
import { domainToken, type SearchDialect } from '../queries/search-dialect.js';

/** A subject by its id, or as a look-up of it, when the same transaction makes it. */
export interface SubjectReference {
  /** An expression that answers one integer. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

export const subjectById = (subjectId: number): SubjectReference => ({
  sql: 'CAST(? AS BIGINT)',
  params: [subjectId],
});

/** Writes what can be searched; to be put into the transaction that writes the text itself. */
export class SearchStatements {
  readonly #index: string;

  constructor(private readonly dialect: SearchDialect) {
    this.#index = `INSERT INTO sys_search_index (${dialect.keyColumn}, terms)
      SELECT document_id, ${dialect.indexedValue} FROM sys_search_documents WHERE domain = ? AND part = ? AND subject_id =`;
  }

  /** What was there of the subject goes. Parts without a word are left out. */
  replace(domain: SearchDomain, subject: SubjectReference, parts: readonly SearchPart[]): Statement[] {
    return [this.#removal(domain, subject), ...this.add(domain, subject, parts)];
  }

  /** Parts of a subject that has none yet. */
  add(domain: SearchDomain, subject: SubjectReference, parts: readonly SearchPart[]): Statement[] {
    return parts.flatMap(({ part, atMs, text }) => {
      const tokens = tokensOf(text);
      if (tokens.length === 0) return [];
      const indexed = this.dialect.toIndexed([domainToken(domain), ...tokens]);
      return [
        {
          sql: `INSERT INTO sys_search_documents (domain, subject_id, part, at_ms)
            SELECT CAST(? AS BIGINT), ${subject.sql}, CAST(? AS BIGINT), CAST(? AS BIGINT)`,
          params: [domain, ...subject.params, part, atMs],
        },
        { sql: `${this.#index} ${subject.sql}`, params: [indexed, domain, part, ...subject.params] },
      ];
    });
  }

  /** The index follows by a trigger (SQLite) or a cascade (PostgreSQL). */
  remove(domain: SearchDomain, subjectIds: readonly number[]): Statement[] {
    return subjectIds.map((id) => this.#removal(domain, subjectById(id)));
  }

  #removal(domain: SearchDomain, subject: SubjectReference): Statement {
    return {
      sql: `DELETE FROM sys_search_documents WHERE domain = ? AND subject_id = ${subject.sql}`,
      params: [domain, ...subject.params],
    };
  }
}
