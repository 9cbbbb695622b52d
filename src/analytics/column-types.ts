/** Of the copy's columns in DuckDB. */
export const TYPES = { integer: 'BIGINT', small: 'INTEGER', text: 'VARCHAR' } as const;
