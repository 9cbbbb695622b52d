import { StartupError } from '../../domain/errors.js';
import type { Backend, SqlValue, Statement } from '../backend.js';
import { settingStatement } from '../queries/settings.js';
import { keyOf, pagesOf, PROGRESS_PREFIX } from './pages.js';
import { transferTables, type TransferTable } from './tables.js';

/** Rows of one INSERT; a page is some of them in one transaction. */
const ROWS_PER_STATEMENT = 100;
const SOURCE_KEY = `${PROGRESS_PREFIX}source`;

export interface TransferProgress {
  (table: string, doneRows: number, totalRows: number): void;
}

/**
 * Copies every table, page by page, each page in one transaction with its place: a transfer that was interrupted goes on
 * where it was. Rows that are there already are replaced, so it may be repeated. Answers false when it was interrupted.
 * Throws StartupError when the target holds data that no transfer from this source brought.
 */
export async function copyTables(
  source: Backend,
  target: Backend,
  sourceName: string,
  signal: AbortSignal,
  onProgress: TransferProgress,
): Promise<boolean> {
  await claim(target, sourceName);
  for (const table of transferTables()) {
    const [total] = await source.read({ sql: `SELECT COUNT(*) FROM ${table.name}`, params: [] });
    const place = await settingOf(target, placeKey(table));
    let doneRows = 0;
    const after = place === null ? null : (JSON.parse(place) as SqlValue[]);
    for await (const rows of pagesOf(source, table, after)) {
      if (signal.aborted) return false;
      const last = keyOf(rows.at(-1) ?? [], table.columns, table.key);
      await target.transact([
        ...inserts(table, rows),
        settingStatement(placeKey(table), JSON.stringify(last)),
      ]);
      doneRows += rows.length;
      onProgress(table.name, doneRows, Number(total?.[0] ?? 0));
    }
    if (table.idColumn !== null) await target.advanceIds(table.name, table.idColumn);
  }
  // The next one begins anew: it brings what came or changed since.
  await target.transact([
    { sql: `DELETE FROM sys_settings WHERE key LIKE '${PROGRESS_PREFIX}place.%'`, params: [] },
  ]);
  return true;
}

/** The target is empty, or an earlier transfer from the same source was here. */
async function claim(target: Backend, sourceName: string): Promise<void> {
  const known = await settingOf(target, SOURCE_KEY);
  if (known === sourceName) return;
  const [row] = await target.read({
    sql: 'SELECT (SELECT COUNT(*) FROM imm_videos) + (SELECT COUNT(*) FROM sys_dead_letters)',
    params: [],
  });
  if (known !== null || Number(row?.[0]) > 0) {
    throw new StartupError(
      known === null
        ? 'The target holds data of its own: transfer into an empty database'
        : `The target holds a transfer from ${known}: transfer into an empty database`,
    );
  }
  await target.transact([settingStatement(SOURCE_KEY, sourceName)]);
}

function inserts({ name, columns, key }: TransferTable, rows: readonly SqlValue[][]): Statement[] {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const rest = columns.filter((column) => !key.includes(column));
  const conflict = `ON CONFLICT (${key.join(', ')}) DO ${
    rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.map((c) => `${c} = excluded.${c}`).join(', ')}`
  }`;
  const statements: Statement[] = [];
  for (let done = 0; done < rows.length; done += ROWS_PER_STATEMENT) {
    const part = rows.slice(done, done + ROWS_PER_STATEMENT);
    statements.push({
      sql: `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${part.map(() => row).join(', ')} ${conflict}`,
      params: part.flat(),
    });
  }
  return statements;
}

const placeKey = ({ name }: TransferTable): string => `${PROGRESS_PREFIX}place.${name}`;

async function settingOf(backend: Backend, key: string): Promise<string | null> {
  const rows = await backend.read({ sql: 'SELECT value FROM sys_settings WHERE key = ?', params: [key] });
  return rows[0] === undefined ? null : String(rows[0][0]);
}
