import type { DerivedTable, FactTable, FactWindow } from '../domain/analytics/engine.js';
import { TYPES } from './column-types.js';
import type { DuckdbStatement } from './duckdb-file.js';

export const derivedColumnsOf = ({ columns }: DerivedTable): string[] => [
  'run BIGINT',
  'fact_count INTEGER',
  ...Object.entries(columns).map(([column, type]) => `${column} ${TYPES[type]}`),
];

/** Differs when the rows would: a copy of another shape is made anew. */
export const derivedShapeOf = (table: FactTable): unknown =>
  table.derived === undefined
    ? null
    : [table.derived.name, derivedColumnsOf(table.derived), selectionOf(table, table.derived, 'TRUE')];

/** For the transaction that replaces the facts of the window: every run that has a key of it is made anew. */
export function deriveWindow(table: FactTable, { from, to }: FactWindow): DuckdbStatement[] {
  const { derived, key, windowKeys } = table;
  if (derived === undefined) return [];
  const first = Math.floor(from / windowKeys);
  const end = Math.ceil(to / windowKeys);
  return [
    { sql: `DELETE FROM ${derived.name} WHERE run >= ? AND run < ?`, params: [first, end] },
    {
      sql: insertionOf(table, derived, `${key} >= ? AND ${key} < ?`),
      params: [first * windowKeys, end * windowKeys],
    },
  ];
}

/** For the transaction that removes facts by something else than their keys: runs that have lost some are made anew. */
export function deriveChanged(table: FactTable): DuckdbStatement[] {
  const { derived, name } = table;
  if (derived === undefined) return [];
  const run = runOf(table);
  return [
    {
      sql: `DELETE FROM ${derived.name} WHERE run IN (SELECT run
        FROM (SELECT run, SUM(fact_count) AS n FROM ${derived.name} GROUP BY run) AS d
        LEFT JOIN (SELECT ${run} AS run, COUNT(*) AS n FROM ${name} GROUP BY ALL) AS f USING (run)
        WHERE d.n IS DISTINCT FROM f.n)`,
      params: [],
    },
    {
      sql: insertionOf(table, derived, `${run} NOT IN (SELECT run FROM ${derived.name})`),
      params: [],
    },
  ];
}

/** Whatever it held. */
export function deriveAll(table: FactTable): DuckdbStatement[] {
  const { derived } = table;
  if (derived === undefined) return [];
  return [
    { sql: `DELETE FROM ${derived.name}`, params: [] },
    { sql: insertionOf(table, derived, 'TRUE'), params: [] },
  ];
}

const runOf = ({ key, windowKeys }: FactTable): string => `${key} // ${windowKeys}`;
const selectionOf = (table: FactTable, derived: DerivedTable, condition: string): string =>
  derived.select(runOf(table), condition);
const insertionOf = (table: FactTable, derived: DerivedTable, condition: string): string =>
  `INSERT INTO ${derived.name} ${selectionOf(table, derived, condition)}`;
