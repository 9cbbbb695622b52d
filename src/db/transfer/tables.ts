import { describeTables } from '../../schema/describe.js';
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

/** Parents before children, then by name, as they are described. What instances keep for themselves stays where it is. */
const FIRST = [
  'sys_languages',
  'sys_codecs',
  'sys_containers',
  'imm_videos',
  'imm_sessions',
  'trx_transcripts',
  'trx_jobs',
];
const LEFT_OUT = ['imm_schema_version', 'sys_job_leases'];
const FACT_KEYS = new Map<string, readonly string[]>(
  Object.values(FACTS).map(({ table, key }) => [table, key]),
);

export function transferTables(): readonly TransferTable[] {
  const place = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return describeTables(sqliteTables)
    .filter(({ name }) => !LEFT_OUT.includes(name))
    .map(({ name, columns, primaryKey }) => ({
      name,
      columns: columns.map((column) => column.name),
      key: FACT_KEYS.get(name) ?? primaryKey,
      idColumn: columns.find(({ isAutoIncrement }) => isAutoIncrement)?.name ?? null,
    }))
    .toSorted((a, b) => place(a.name) - place(b.name));
}
