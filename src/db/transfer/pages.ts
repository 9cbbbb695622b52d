import type { Backend, SqlValue } from '../backend.js';
import type { TransferTable } from './tables.js';

/** Rows read and written at once. */
const PAGE_ROWS = 1_000;
/** Settings that a transfer itself writes: its progress is no data. */
export const PROGRESS_PREFIX = 'transfer.';

/** All rows of a table after a key, in its order, page by page: one page is held at a time. */
export async function* pagesOf(
  backend: Backend,
  { name, columns, key }: TransferTable,
  afterKey: readonly SqlValue[] | null,
): AsyncGenerator<readonly SqlValue[][]> {
  const own = name === 'sys_settings' ? `key NOT LIKE '${PROGRESS_PREFIX}%'` : 'true';
  const behind = `(${key.join(', ')}) > (${key.map(() => '?').join(', ')})`;
  const tail = `ORDER BY ${key.join(', ')} LIMIT ${PAGE_ROWS}`;
  let after = afterKey;
  for (;;) {
    const rows = await backend.read({
      sql: `SELECT ${columns.join(', ')} FROM ${name} WHERE ${own}${after === null ? '' : ` AND ${behind}`} ${tail}`,
      params: after ?? [],
    });
    if (rows.length === 0) return;
    yield rows;
    after = keyOf(rows.at(-1) ?? [], columns, key);
    if (rows.length < PAGE_ROWS) return;
  }
}

export const keyOf = (
  row: readonly SqlValue[],
  columns: readonly string[],
  key: readonly string[],
): SqlValue[] => key.map((name) => row[columns.indexOf(name)] ?? null);
