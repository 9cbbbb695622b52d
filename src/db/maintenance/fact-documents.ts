import { SearchDomain } from '../../domain/search/types.js';
import type { SqlValue, Statement } from '../backend.js';
import type { FactName } from '../facts.js';

/** Removes the search documents of facts that go; `factIds` selects them, with its own parameters. */
export const documentRemovals = (
  fact: FactName,
  factIds: string,
  params: readonly SqlValue[],
): Statement[] =>
  fact === 'extractions'
    ? [
        {
          sql: `DELETE FROM sys_search_documents WHERE domain = ${SearchDomain.EXTRACTION} AND subject_id IN (${factIds})`,
          params,
        },
      ]
    : [];
