/** Asks the server; answers data only and throws on errors. */
export type Ask = <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>;

interface Connection<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Small, so that every list is read through cursors. */
const PAGE = 3;

/**
 * A whole list, page by page. `fieldOf` writes the path to the connection around its page arguments; `variables` are
 * pairs of a type and a value. A path that is not there is an empty list.
 */
export async function eachNode<Node>(
  ask: Ask,
  fieldOf: (pageArguments: string) => string,
  select: string,
  variables: Readonly<Record<string, readonly [type: string, value: unknown]>> = {},
): Promise<Node[]> {
  const field = fieldOf(`first: ${PAGE}, after: $after`);
  const closing = '}'.repeat(field.split('{').length - 1);
  const types = Object.entries(variables).map(([name, [type]]) => `$${name}: ${type}`);
  const values = Object.fromEntries(Object.entries(variables).map(([name, [, value]]) => [name, value]));
  const query = `query (${['$after: String', ...types].join(', ')}) {
    ${field} { edges { node { ${select} } } pageInfo { hasNextPage endCursor } } ${closing} }`;
  const all: Node[] = [];
  let after: string | null = null;
  for (;;) {
    const data: unknown = await ask<unknown>(query, { ...values, after });
    const connection = innermost<Node>(data);
    if (connection === null) return all;
    all.push(...connection.edges.map(({ node }) => node));
    if (!connection.pageInfo.hasNextPage) return all;
    after = connection.pageInfo.endCursor;
  }
}

/** Every level above a connection has one field. */
function innermost<Node>(data: unknown): Connection<Node> | null {
  if (typeof data !== 'object' || data === null) return null;
  return 'edges' in data ? (data as Connection<Node>) : innermost<Node>(Object.values(data)[0]);
}
