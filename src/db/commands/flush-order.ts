/** By UUID: instances that write the same sessions at once lock their rows in the same order. */
export const inOrder = <Value>(bySession: ReadonlyMap<string, Value>): [string, Value][] =>
  [...bySession].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Rows of each request. */
export function byGroup<Row extends { readonly group: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const own = groups.get(row.group);
    if (own === undefined) groups.set(row.group, [row]);
    else own.push(row);
  }
  return groups;
}
