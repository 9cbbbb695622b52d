import { sql, type SQL } from 'drizzle-orm';

/** The few expressions that the two databases spell differently. Everything else is common SQL. */
export interface SqlFunctions {
  /**
   * A derived table of integers from a JSON array of arrays, one column for each given name:
   * `[[1,2],[3,4]]` as (a, b). Any number of rows is one parameter, so the statement is compiled once.
   */
  jsonRows(json: SQL, columns: readonly string[]): SQL;
  /** The same for text written by hand: `placeholder` is the parameter's text. */
  jsonRowsText(placeholder: string, columns: readonly string[]): string;
  /** The greater of two expressions that are not null. */
  greatest: string;
}

export const sqliteFunctions: SqlFunctions = {
  jsonRows: (json, columns) => sql`(SELECT ${sql.raw(jsonColumns(columns))} FROM json_each(${json}))`,
  jsonRowsText: (placeholder, columns) => `(SELECT ${jsonColumns(columns)} FROM json_each(${placeholder}))`,
  greatest: 'MAX',
};

const jsonColumns = (columns: readonly string[]): string =>
  columns.map((name, index) => `json_extract(value, '$[${index}]') AS ${name}`).join(', ');
