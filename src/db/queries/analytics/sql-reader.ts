import type { Backend } from '../../backend.js';
import type { Db } from '../../database.js';
import { nameOf } from '../sql-functions.js';

/** What the questions of analytics need of a database: the store, or the engine beside it. */
export interface SqlReader extends Pick<Backend, 'read'> {
  readonly jsonRows: (placeholder: string, columns: readonly string[]) => string;
}

export const storeReader = ({ backend, functions }: Pick<Db, 'backend' | 'functions'>): SqlReader => ({
  read: (statement) => backend.read(statement),
  jsonRows: (placeholder, columns) => functions.jsonRows(placeholder, columns),
});

/** A derived table from a JSON array of arrays of integers, as DuckDB spells it. */
export const duckdbJsonRows: SqlReader['jsonRows'] = (placeholder, columns) =>
  `(SELECT ${columns.map((column, index) => `r[${index + 1}] AS ${nameOf(column)}`).join(', ')}
    FROM (SELECT unnest(from_json(${placeholder}, '[["BIGINT"]]')) AS r))`;
