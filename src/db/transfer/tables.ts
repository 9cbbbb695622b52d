import { describeTables, type TableDescription } from '../../schema/describe.js';
import { sqliteTables } from '../../schema/sqlite.js';
import { FACTS } from '../facts.js';

export interface TransferTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** What a row is found by in both databases; pages follow it. */
  readonly key: readonly string[];
  /** The column whose numbers the database gives; null when it gives none. */
  readonly idColumn: string | null;
}

/** What instances keep for themselves stays where it is; what can be searched is derived from what is copied. */
const LEFT_OUT = ['imm_schema_version', 'sys_job_leases', 'sys_search_documents', 'sys_tombstones'];
const FACT_KEYS = new Map<string, readonly string[]>(
  Object.values(FACTS).map(({ table, key }) => [table, key] as const),
);

/** Every table that moves, those that others point at before them. */
export function transferTables(): readonly TransferTable[] {
  return parentsFirst(describeTables(sqliteTables).filter(({ name }) => !LEFT_OUT.includes(name))).map(
    ({ name, columns, primaryKey }) => ({
      name,
      columns: columns.map((column) => column.name),
      key: FACT_KEYS.get(name) ?? primaryKey,
      idColumn: columns.find(({ isAutoIncrement }) => isAutoIncrement)?.name ?? null,
    }),
  );
}

function parentsFirst(tables: readonly TableDescription[]): readonly TableDescription[] {
  const sorted = new Set<TableDescription>();
  const visit = (table: TableDescription): void => {
    if (sorted.has(table)) return;
    for (const { table: parent } of table.foreignKeys) {
      const found = tables.find(({ name }) => name === parent);
      if (found !== undefined && found !== table) visit(found);
    }
    sorted.add(table);
  };
  tables.forEach(visit);
  return [...sorted];
}
