import { getTableName } from 'drizzle-orm';
import { StartupError } from '../../domain/errors.js';
import { DISTRIBUTION, type Distribution } from '../../schema/distribution.js';
import { sqliteTables, type Tables } from '../../schema/sqlite.js';
import { SEARCH_INDEX } from '../../schema/tables/system.js';
import type { Backend, Statement } from '../backend.js';

export interface DistributedTable {
  readonly name: string;
  readonly distribution: Distribution;
  /** Whether it is spread already. */
  readonly isDone: boolean;
}

/**
 * One after the other on one connection to each node: Citus refuses a transaction that touched shards in parallel and
 * then changes a reference table, which ours do (a flush changes sessions after totals).
 */
const SEQUENTIAL = "citus.multi_shard_modify_mode TO 'sequential'";

/** The tables in the order in which they are spread. Throws StartupError where the extension is not. */
export async function readDistribution(backend: Backend): Promise<readonly DistributedTable[]> {
  const [row] = await backend.execute(
    `SELECT to_regprocedure('create_reference_table(regclass)') IS NOT NULL AND to_regclass('pg_dist_partition') IS NOT NULL`,
  );
  if (row?.[0] !== 1) {
    throw new StartupError(
      'This database does not have Citus: run CREATE EXTENSION citus on every node, or leave --citus out',
    );
  }
  const spread = await backend.execute('SELECT CAST(logicalrelid AS TEXT) FROM pg_dist_partition');
  const done = new Set(spread.map(([name]) => name));
  const stated = (Object.keys(DISTRIBUTION) as (keyof Tables)[]).map((key) => {
    const name = getTableName(sqliteTables[key]);
    return { name, distribution: DISTRIBUTION[key], isDone: done.has(name) };
  });
  return [...stated, { name: SEARCH_INDEX, distribution: 'reference', isDone: done.has(SEARCH_INDEX) }];
}

/**
 * Spreads what is not spread yet, a table at a time; interrupted, the next call goes on. Rows that are there already
 * move to their shards, and writers of that table wait meanwhile.
 */
export async function distribute(
  backend: Backend,
  tables: readonly DistributedTable[],
  onTable: (table: DistributedTable) => void,
): Promise<void> {
  await backend.execute(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET ${SEQUENTIAL.replaceAll("'", "''")}', current_database()); END $$`);
  const first = new Map<Distribution, string>();
  for (const table of tables) {
    const { name, distribution, isDone } = table;
    const together = first.get(distribution) ?? 'none';
    if (together === 'none') first.set(distribution, name);
    if (isDone) continue;
    onTable(table);
    const spread = distribution === 'reference' ? asReference(name) : byColumn(name, distribution, together);
    await backend.transact([{ sql: `SET LOCAL ${SEQUENTIAL}`, params: [] }, spread], { mayTakeLong: true });
  }
}

const asReference = (name: string): Statement => ({
  sql: 'SELECT create_reference_table(CAST(? AS regclass))',
  params: [name],
});

const byColumn = (name: string, column: string, together: string): Statement => ({
  sql: 'SELECT create_distributed_table(CAST(? AS regclass), ?, colocate_with => ?)',
  params: [name, column, together],
});
