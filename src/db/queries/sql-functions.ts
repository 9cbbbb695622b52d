/** The few expressions that the two databases spell differently. Everything else is common SQL. */
export interface SqlFunctions {
  /**
   * A derived table from a JSON array of arrays, one column for each given name: `[[1,2],[3,4]]` as (a, b).
   * `placeholder` is the parameter's text. Any number of rows is one parameter, so the statement is compiled once.
   */
  jsonRows(placeholder: string, columns: readonly string[]): string;
}

export const sqliteFunctions: SqlFunctions = {
  jsonRows: (placeholder, columns) => `(SELECT ${jsonColumns(columns)} FROM json_each(${placeholder}))`,
};

const jsonColumns = (columns: readonly string[]): string =>
  columns.map((name, index) => `json_extract(value, '$[${index}]') AS ${name}`).join(', ');
