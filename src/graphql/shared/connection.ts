import { encodeCursor, type Page, type PageKey, type PageRequest } from '../../domain/page.js';

interface Edge<Row> {
  readonly cursor: string;
  readonly node: Row;
}

/** A page in Relay's shape; `keyOf` gives the sort key of a row. */
export function toConnection<Row>(
  page: Page<Row>,
  request: PageRequest,
  scope: string,
  keyOf: (row: Row) => PageKey,
): {
  edges: Edge<Row>[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
} {
  const edges = page.rows.map((node) => ({ node, cursor: encodeCursor(scope, keyOf(node)) }));
  const isForward = request.direction === 'forward';
  return {
    edges,
    pageInfo: {
      // On the side one came from there is something exactly when one came from somewhere.
      hasNextPage: isForward ? page.hasMore : request.start !== null,
      hasPreviousPage: isForward ? request.start !== null : page.hasMore,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
