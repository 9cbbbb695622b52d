import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StartupError, StorageError } from '../../domain/errors.js';
import { sqliteTables } from '../../schema/sqlite.js';
import type { Backend } from '../backend.js';
import { createBuilder, type Db } from '../database.js';
import { readMigrations } from '../migration-files.js';
import { migrate, migrationStatus, type MigrationStatus } from '../migrate.js';
import { finishOpening, type OpenedStore } from '../opened-store.js';
import { StoreFacts } from '../queries/analytics/fact-windows.js';
import { sqliteFunctions } from '../queries/sql-functions.js';
import { createStatsStore } from '../stats-store.js';
import { SqliteBackend, type SqliteOptions } from './backend.js';
import { sqliteMigrationDialect } from './migration-dialect.js';

export interface OpenOptions extends SqliteOptions {
  readonly migrationsFolder: string;
  /** Zone of daily and monthly roll-ups in a new database. */
  readonly timezone: string;
  readonly nowMs: number;
}

export interface OpenedSqliteStore extends OpenedStore {
  readonly backend: SqliteBackend;
}

/** Opens the file, making and migrating it as needed. Throws StartupError with a sentence for the operator. */
export async function openSqliteStore(options: OpenOptions): Promise<OpenedSqliteStore> {
  const backend = await openBackend(options);
  try {
    const migrations = await readMigrations(options.migrationsFolder);
    const migration = await migrate(backend, sqliteMigrationDialect(backend), migrations, {
      nowMs: options.nowMs,
      backup: (label) => backUp(backend, options, label),
    });
    const db: Db = {
      backend,
      tables: sqliteTables,
      builder: createBuilder(backend),
      functions: sqliteFunctions,
      partitions: null,
    };
    const store = createStatsStore(db, options.timezone);
    await finishOpening(store, options.timezone);
    const facts = new StoreFacts(db, { provider: 'sqlite', file: resolve(options.file) });
    return { store, backend, migration, facts };
  } catch (error) {
    await backend.close();
    throw toStartupError(error, options.file);
  }
}

/** What a migration would do; changes nothing, and makes no file where there is none. */
export async function sqliteMigrationStatus(
  options: SqliteOptions & { readonly migrationsFolder: string },
): Promise<MigrationStatus> {
  if (isMissing(options.file)) {
    const migrations = await readMigrations(options.migrationsFolder);
    return { applied: [], pending: migrations.map(({ tag }) => tag), state: 'empty' };
  }
  const backend = await openBackend(options);
  try {
    return await migrationStatus(
      backend,
      sqliteMigrationDialect(backend),
      await readMigrations(options.migrationsFolder),
    );
  } catch (error) {
    throw toStartupError(error, options.file);
  } finally {
    await backend.close();
  }
}

/** Nothing is at the path; a path that leads through a file is another matter. */
export function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

async function openBackend(options: SqliteOptions): Promise<SqliteBackend> {
  try {
    await mkdir(dirname(options.file), { recursive: true });
    return await SqliteBackend.open(options);
  } catch (error) {
    throw toStartupError(error, options.file);
  }
}

/** Beside the database, named by what it holds and when it was made. */
async function backUp(backend: Backend, options: OpenOptions, label: string): Promise<string> {
  const stamp = new Date(options.nowMs).toISOString().replaceAll(/[-:.]/g, '');
  const file = `${options.file}.${label}.${stamp}-${process.pid}.backup`;
  // Nobody is served yet.
  await backend.backup(file, { isPaced: false });
  return file;
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: 'cannot be opened: does the folder exist, and may this user write there?',
  SQLITE_NOTADB: 'is not a SQLite database',
  SQLITE_CORRUPT: 'is damaged: restore a backup',
  SQLITE_READONLY: 'is read-only for this user',
  SQLITE_BUSY: 'is locked by another process',
  SQLITE_FULL: 'cannot grow: the disk is full',
  EACCES: 'cannot be opened: this user may not write in its folder',
  EROFS: 'lies on a read-only file system',
  ENOTDIR: 'cannot be opened: a part of its path is not a folder',
  EEXIST: 'cannot be opened: a part of its path is not a folder',
};

function toStartupError(error: unknown, file: string): unknown {
  const code = error instanceof StorageError || isSystemError(error) ? error.code : null;
  if (code === null) return error;
  const reason = Object.entries(REASONS).find(
    ([prefix]) => code === prefix || code.startsWith(`${prefix}_`),
  )?.[1];
  return new StartupError(`The database ${file} ${reason ?? `cannot be used (${code})`}`, { cause: error });
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
