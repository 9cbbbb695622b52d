import { and, asc, count, desc, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { toPage, type Page, type PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';

interface Keyset {
  /** Condition of the rows behind the cursor; undefined on the first page. */
  readonly where: SQL | undefined;
  readonly orderBy: SQL[];
  /** One more than asked for: the extra row tells that there is more. */
  readonly limit: number;
}

/**
 * Keyset paging over `columns` (the last one unique) in the list's own order. The row comparison uses the index of
 * the same columns on both databases, so a page costs the same at any depth.
 */
function keysetOf(
  columns: readonly SQLiteColumn[],
  listOrder: 'ascending' | 'descending',
  page: PageRequest,
): Keyset {
  const isAscending = (listOrder === 'ascending') === (page.direction === 'forward');
  const names = sql.join([...columns], sql`, `);
  return {
    where:
      page.start === null
        ? undefined
        : sql`(${names}) ${sql.raw(isAscending ? '>' : '<')} (${sql.join(
            page.start.map((part) => sql`${part}`),
            sql`, `,
          )})`,
    orderBy: columns.map((column) => (isAscending ? asc(column) : desc(column))),
    limit: page.size + 1,
  };
}

/** A select before its conditions, as the query builder gives it. */
interface Select<Row> {
  where(condition: SQL | undefined): {
    orderBy(...order: SQL[]): { limit(count: number): PromiseLike<readonly Row[]> };
  };
}

export interface ListOptions {
  /** The sort key; the last one is unique. */
  readonly columns: readonly SQLiteColumn[];
  readonly order: 'ascending' | 'descending';
  readonly where: SQL | undefined;
}

/** A keyset page of what the select gives. */
export async function listPage<Row>(
  select: Select<Row>,
  { columns, order, where }: ListOptions,
  page: PageRequest,
): Promise<Page<Row>> {
  const keyset = keysetOf(columns, order, page);
  const rows = await select
    .where(and(where, keyset.where))
    .orderBy(...keyset.orderBy)
    .limit(keyset.limit);
  return toPage(rows, page);
}

export const mapPage = <Row, Out>({ rows, hasMore }: Page<Row>, to: (row: Row) => Out): Page<Out> => ({
  rows: rows.map(to),
  hasMore,
});

/** How many rows of a table meet a condition. */
export async function countRows(
  { builder }: Pick<Db, 'builder'>,
  table: SQLiteTable,
  where: SQL | undefined,
): Promise<number> {
  const rows = await builder.select({ value: count() }).from(table).where(where);
  return rows[0]?.value ?? 0;
}
