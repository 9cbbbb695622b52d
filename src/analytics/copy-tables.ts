import { createHash } from 'node:crypto';
import type { FactTable } from '../domain/analytics/engine.js';
import { TYPES } from './column-types.js';
import { derivedColumnsOf, derivedShapeOf } from './derived-tables.js';
import type { Cell, CopyFile } from './duckdb-file.js';

/** Makes what is missing. Tables of another shape or store go, and are copied anew. */
export async function prepareTables(
  file: Pick<CopyFile, 'read' | 'transact'>,
  tables: readonly FactTable[],
  sourceName: string,
): Promise<void> {
  const shape = createHash('sha256')
    .update(JSON.stringify([sourceName, tables.map(shapeOf)]))
    .digest('hex');
  const run = (sql: string, ...params: Cell[]) => ({ sql, params });
  await file.transact([run('CREATE TABLE IF NOT EXISTS kinostat_shape (shape VARCHAR)')]);
  const [[found = null] = []] = await file.read(run('SELECT MAX(shape) FROM kinostat_shape'));
  if (found === shape) return;
  await file.transact([
    run('DELETE FROM kinostat_shape'),
    run('INSERT INTO kinostat_shape VALUES (?)', shape),
    run('CREATE OR REPLACE TABLE kinostat_watermarks (name VARCHAR, next_key BIGINT, synced_at_ms BIGINT)'),
    run('CREATE OR REPLACE TABLE kinostat_tombstones (tombstone_id BIGINT)'),
    ...tables.flatMap((table) => [
      run(`CREATE OR REPLACE TABLE ${table.name} (${columnsOf(table).join(', ')})`),
      ...(table.derived === undefined
        ? []
        : [
            run(
              `CREATE OR REPLACE TABLE ${table.derived.name} (${derivedColumnsOf(table.derived).join(', ')})`,
            ),
          ]),
      run('INSERT INTO kinostat_watermarks VALUES (?, 0, NULL)', table.name),
    ]),
  ]);
}

const columnsOf = ({ columns, sliceOf }: FactTable): string[] => [
  ...Object.entries(columns).map(([column, type]) => `${column} ${TYPES[type]}`),
  ...(sliceOf === undefined ? [] : ['slice INTEGER']),
];
const shapeOf = (table: FactTable): unknown => [
  ...[table.name, table.key, columnsOf(table)],
  derivedShapeOf(table),
];
