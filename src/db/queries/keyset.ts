import { asc, desc, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { toPage, type Page, type PageRequest } from '../../domain/page.js';

export interface Keyset {
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
export function keysetOf(
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

export async function readPage<Row>(
  request: PageRequest,
  rows: PromiseLike<readonly Row[]>,
): Promise<Page<Row>> {
  return toPage(await rows, request);
}
