import type { Page, PageKey, PageRequest } from '../../src/domain/page.js';

/** Small, so that every list is read through cursors. */
const PAGE = 3;

export type Direction = PageRequest['direction'];

/** A whole list in its order, page by page from either end. */
export async function pages<Row>(
  read: (page: PageRequest) => Promise<Page<Row>>,
  keyOf: (row: Row) => PageKey,
  direction: Direction = 'forward',
): Promise<Row[]> {
  const isForward = direction === 'forward';
  let all: Row[] = [];
  let start: PageKey | null = null;
  for (;;) {
    const { rows, hasMore } = await read({ direction, size: PAGE, start });
    all = isForward ? [...all, ...rows] : [...rows, ...all];
    const last = isForward ? rows.at(-1) : rows[0];
    if (!hasMore || last === undefined) return all;
    start = keyOf(last);
  }
}
