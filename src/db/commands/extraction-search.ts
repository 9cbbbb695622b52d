import type { RecordExtractionCommand } from '../../domain/agents/commands.js';
import type { ExtractionFields } from '../../domain/agents/types.js';
import { tokensOf } from '../../domain/search/tokenize.js';
import { SearchDomain } from '../../domain/search/types.js';
import type { Statement } from '../backend.js';
import { domainToken } from '../queries/search-dialect.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

/** One document per event: a search for two words finds the event that has one in its value and one in its line. */
export const searchTextOf = ({
  matchedValue,
  originalLine,
}: Pick<ExtractionFields, 'matchedValue' | 'originalLine'>): string =>
  [matchedValue, originalLine].filter((text) => text !== null).join('\n');

/** Makes extraction events findable by the words of their value and line. */
export class ExtractionSearchStatements {
  readonly #documents: string;
  readonly #index: string;
  readonly #toIndexed: (tokens: readonly string[]) => string;

  constructor(functions: SqlFunctions) {
    const { search } = functions;
    const { keyColumn } = search;
    const terms = search.indexedValue.replace('?', 'r.terms');
    this.#toIndexed = (tokens) => search.toIndexed(tokens);
    const rows = functions.jsonRows('?', ['uuid text', 'ts', 'seq', 'terms text']);
    const stored = `FROM ${rows} AS r CROSS JOIN agt_process_sessions s CROSS JOIN agt_extractions e`;
    const named = `s.session_uuid = r.uuid AND e.process_session_id = s.process_session_id
      AND e.ts_ms = r.ts AND e.client_seq = r.seq`;
    this.#documents = `INSERT INTO sys_search_documents (domain, subject_id, part, at_ms)
      SELECT ${SearchDomain.EXTRACTION}, e.extraction_id, 0, e.ts_ms ${stored} WHERE ${named}
      ON CONFLICT DO NOTHING`;
    // Of an event that was stored before, the document is there with its words.
    this.#index = `INSERT INTO sys_search_index (${keyColumn}, terms)
      SELECT d.document_id, ${terms} ${stored} CROSS JOIN sys_search_documents d
      WHERE ${named} AND d.domain = ${SearchDomain.EXTRACTION} AND d.subject_id = e.extraction_id AND d.part = 0
      AND NOT EXISTS (SELECT 1 FROM sys_search_index i WHERE i.${keyColumn} = d.document_id)`;
  }

  /** To stand behind the rows. */
  statements(commands: readonly RecordExtractionCommand[]): Statement[] {
    const rows = commands.flatMap(({ processUuid, extraction }) => {
      const tokens = tokensOf(searchTextOf(extraction));
      if (tokens.length === 0) return [];
      const terms = this.#toIndexed([domainToken(SearchDomain.EXTRACTION), ...tokens]);
      return [[processUuid, extraction.tsMs, extraction.clientSeq, terms]];
    });
    if (rows.length === 0) return [];
    const params = [JSON.stringify(rows)];
    return [this.#documents, this.#index].map((sql) => ({ sql, params }));
  }
}
