import { sqliteSearch } from '../sqlite/search.js';
import type { SearchDialect } from './search-dialect.js';
import { ValuesInsert, type InsertTarget, type RowInsert } from './row-insert.js';

/** The few expressions that the two databases spell differently. Everything else is common SQL. */
export interface SqlFunctions {
  /**
   * A derived table from a JSON array of arrays, one column for each given name: `[[1,2],[3,4]]` as (a, b).
   * Columns are integers; `uuid text` is one of text. `placeholder` is the parameter's text. Any number of rows is one
   * parameter, so the statement is compiled once.
   */
  jsonRows(placeholder: string, columns: readonly string[]): string;
  /** An aggregate: the rows as text of a JSON array of arrays. Null or `[]` without rows. */
  jsonArrayOfRows(columns: readonly string[]): string;
  rowInsert(target: InsertTarget): RowInsert;
  /**
   * What happens to a dirty mark that is there already. Where transactions run beside each other it must be locked:
   * otherwise a roll-up could take the mark away before it can see the change that the mark is for.
   */
  readonly onMarkConflict: string;
  /**
   * Ends a SELECT of one row to be taken: rows that another transaction is taking are passed over. Empty where there is
   * one writer.
   */
  readonly skipLocked: string;
  /** Text in small letters, of every script: what the databases have by themselves may know those of ASCII only. */
  lower(expression: string): string;
  /** The bytes that an expression of hex digits stands for; null for null. */
  bytesOfHex(expression: string): string;
  readonly search: SearchDialect;
}

export const sqliteFunctions: SqlFunctions = {
  jsonRows: (placeholder, columns) =>
    `(SELECT ${columns
      .map((column, index) => `json_extract(value, '$[${index}]') AS ${nameOf(column)}`)
      .join(', ')} FROM json_each(${placeholder}))`,
  jsonArrayOfRows: (columns) => `json_group_array(json_array(${columns.join(', ')}))`,
  rowInsert: (target) => new ValuesInsert(target),
  onMarkConflict: 'ON CONFLICT DO NOTHING',
  skipLocked: '',
  lower: (expression) => `kinostat_lower(${expression})`,
  bytesOfHex: (expression) => `unhex(${expression})`,
  search: sqliteSearch,
};

/** The name in `name` or `name text`. */
export const nameOf = (column: string): string => column.split(' ')[0] ?? column;
