import type { Query } from 'drizzle-orm';
import type { SqlValue, Statement } from '../backend.js';

/** A Drizzle builder as a statement for the writer. Our columns hold text, numbers, bytes and null only. */
export function compiled(builder: { toSQL(): Query }): Statement {
  const { sql, params } = builder.toSQL();
  return { sql, params: params.map(toSqlValue) };
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A ${typeof value} is not a SQL value`);
}
