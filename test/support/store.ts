import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backend, SqlValue } from '../../src/db/backend.js';
import type { OpenedStore } from '../../src/db/opened-store.js';
import { sqliteWorkerFile } from '../../src/db/sqlite/backend.js';
import { openSqliteStore, type OpenedSqliteStore, type OpenOptions } from '../../src/db/sqlite/open.js';
import { emptyDatabase, openPostgres } from './postgres-store.js';

export const MIGRATIONS = fileURLToPath(new URL('../../drizzle/sqlite', import.meta.url));
/** The contract of the databases runs once on each. */
export const isPostgres = process.env['KINOSTAT_TEST_STORAGE'] === 'postgres';

interface Rows {
  /** Rows of any statement, outside of the writer. */
  rows(sql: string, ...params: SqlValue[]): Promise<SqlValue[][]>;
}

/** SQLite, with what only SQLite has. */
export interface SqliteTestStore extends OpenedSqliteStore, Rows, AsyncDisposable {
  readonly file: string;
}

/** A store of either database. */
export interface TestStore extends OpenedStore, Rows, AsyncDisposable {
  /** A file or a URL: what another process opens the same database by. */
  readonly location: string;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kinostat-test-'));
}

export const optionsFor = (file: string, overrides: Partial<OpenOptions> = {}): OpenOptions => ({
  file,
  readers: 1,
  workerFile: sqliteWorkerFile(),
  migrationsFolder: MIGRATIONS,
  timezone: 'UTC',
  nowMs: Date.parse('2026-11-21T12:00:00.000Z'),
  onCrash: () => undefined,
  ...overrides,
});

/** A migrated store in a folder of its own, or on a given file. */
export async function openSqliteTestStore(
  overrides: Partial<OpenOptions> = {},
  file?: string,
): Promise<SqliteTestStore> {
  const folder = file === undefined ? await temporaryFolder() : null;
  const path = file ?? join(folder ?? '', 'test.sqlite');
  const opened = await openSqliteStore(optionsFor(path, overrides));
  return {
    ...opened,
    file: path,
    rows: rowsOf(opened.backend),
    async [Symbol.asyncDispose]() {
      await opened.store.close();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A migrated store of the database that the run is about: empty, or where another one is open. */
export async function openTestStore(
  overrides: { readonly timezone?: string } = {},
  location?: string,
): Promise<TestStore> {
  if (!isPostgres) {
    const opened = await openSqliteTestStore(overrides, location);
    return { ...opened, location: opened.file };
  }
  const made = location === undefined ? await emptyDatabase() : null;
  const url = location ?? made?.url ?? '';
  const opened = await openPostgres(url, overrides);
  return {
    ...opened,
    location: url,
    rows: rowsOf(opened.backend),
    async [Symbol.asyncDispose]() {
      await opened.store.close();
      await made?.drop();
    },
  };
}

const rowsOf =
  (backend: Backend): Rows['rows'] =>
  (sql, ...params) =>
    backend.read({ sql, params });
