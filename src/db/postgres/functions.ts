import { nameOf, type SqlFunctions } from '../queries/sql-functions.js';
import { postgresSearch } from './search.js';
import { UnnestInsert } from './unnest-insert.js';

export const postgresFunctions: SqlFunctions = {
  jsonRows: (placeholder, columns) =>
    `(SELECT ${columns
      .map((column, index) => {
        const type = column.endsWith(' text') ? 'TEXT' : 'BIGINT';
        return `CAST(e.row ->> ${index} AS ${type}) AS ${nameOf(column)}`;
      })
      .join(', ')} FROM json_array_elements(CAST(${placeholder} AS JSON)) AS e(row))`,
  jsonArrayOfRows: (columns) => `CAST(json_agg(json_build_array(${columns.join(', ')})) AS TEXT)`,
  rowInsert: (target) => new UnnestInsert(target),
  onMarkConflict: 'ON CONFLICT (session_id, slice) DO UPDATE SET slice = excluded.slice',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  // The columns compare by bytes, and in that order LOWER leaves everything beyond ASCII as it is.
  lower: (expression) => `LOWER(${expression} COLLATE "und-x-icu")`,
  bytesOfHex: (expression) => `decode(${expression}, 'hex')`,
  search: postgresSearch,
};
