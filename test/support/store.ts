import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sqliteWorkerFile } from '../../src/db/sqlite/backend.js';
import { openSqliteStore, type OpenedSqliteStore, type OpenOptions } from '../../src/db/sqlite/open.js';

export const MIGRATIONS = fileURLToPath(new URL('../../drizzle/sqlite', import.meta.url));

export interface TestStore extends OpenedSqliteStore, AsyncDisposable {
  readonly file: string;
  readonly folder: string;
  /** Rows of any statement, on a reader. */
  rows(sql: string, ...params: (string | number | null)[]): Promise<(string | number | null)[][]>;
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
export async function openTestStore(overrides: Partial<OpenOptions> = {}, file?: string): Promise<TestStore> {
  const folder = await temporaryFolder();
  const path = file ?? join(folder, 'test.sqlite');
  const opened = await openSqliteStore(optionsFor(path, overrides));
  return {
    ...opened,
    file: path,
    folder,
    rows: (sql, ...params) => opened.backend.read({ sql, params }),
    async [Symbol.asyncDispose]() {
      await opened.store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
