import { createHash } from 'node:crypto';
import type { StatsStore } from '../../domain/stats-store.js';
import type { Backend, SqlValue } from '../backend.js';
import { pagesOf } from './pages.js';
import { transferTables } from './tables.js';

export interface TableComparison {
  readonly table: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Whether every row is the same, in every column. */
  readonly isEqual: boolean;
}

/** Reads both databases from end to end and compares the rows of each table: counts, and SHA-256 over their values. */
export async function compareTables(
  source: Backend,
  target: Backend,
  onProgress: (table: string) => void,
): Promise<readonly TableComparison[]> {
  const found: TableComparison[] = [];
  for (const table of transferTables()) {
    onProgress(table.name);
    const digest = async (backend: Backend): Promise<{ rows: number; sum: string }> => {
      const hash = createHash('sha256');
      let rows = 0;
      for await (const page of pagesOf(backend, table, null)) {
        rows += page.length;
        for (const row of page) hash.update(JSON.stringify(row.map(toText)));
      }
      return { rows, sum: hash.digest('hex') };
    };
    const [a, b] = await Promise.all([digest(source), digest(target)]);
    found.push({ table: table.name, sourceRows: a.rows, targetRows: b.rows, isEqual: a.sum === b.sum });
  }
  return found;
}

/** Bytes look the same, whichever database they come from. */
const toText = (value: SqlValue): string | number | null =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

const FIRST_MONTH = 197_001;
const LAST_MONTH = 999_912;

/** Statistics asked of both through the same port; answers the names of those that differ. */
export async function compareStatistics(source: StatsStore, target: StatsStore): Promise<readonly string[]> {
  const all = { videoId: null, status: null, startedFromMs: null, startedToMs: null, targetLanguage: null };
  const questions: Readonly<Record<string, (store: StatsStore) => Promise<unknown>>> = {
    lifetime: ({ immersion }) => immersion.summarizeLifetime(),
    'sessions, count': ({ immersion }) => immersion.countSessions(all),
    'videos, count': ({ immersion }) => immersion.countVideos({ text: null, sourceType: null }),
    'first slice': ({ immersion }) => immersion.getFirstSlice(),
    'monthly roll-ups': ({ immersion }) => immersion.listMonthlyRollups(FIRST_MONTH, LAST_MONTH, null),
    'dead letters, count': ({ system }) => system.countDeadLetters(null),
    'zone of the roll-ups': ({ maintenance }) => maintenance.rollUpZone(),
  };
  const differing: string[] = [];
  for (const [name, ask] of Object.entries(questions)) {
    const [a, b] = [JSON.stringify(await ask(source)), JSON.stringify(await ask(target))];
    if (a !== b) differing.push(name);
  }
  return differing;
}
