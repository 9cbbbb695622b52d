import type { Backend, Statement } from '../../src/db/backend.js';
import { createBuilder } from '../../src/db/database.js';
import { postgresFunctions } from '../../src/db/postgres/functions.js';
import { sqliteFunctions } from '../../src/db/queries/sql-functions.js';
import { createStatsStore } from '../../src/db/stats-store.js';
import { StorageError } from '../../src/domain/errors.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { isPostgres } from '../support/store.js';
import { sqliteTables } from '../../src/schema/sqlite.js';

/** A second store on the same database, whose transactions fail as `fails` says: somebody holds the lock. */
export function flakyStore(
  backend: Backend,
  fails: (statements: readonly Statement[]) => boolean,
): StatsStore {
  const flaky: Backend = {
    description: backend.description,
    isShared: backend.isShared,
    foreignKeyCode: backend.foreignKeyCode,
    read: (statement) => backend.read(statement),
    transact: (statements, options) =>
      fails(statements)
        ? Promise.reject(new StorageError('SQLITE_BUSY', 'busy', true))
        : backend.transact(statements, options),
    execute: (sql) => backend.execute(sql),
    advanceIds: (table, column) => backend.advanceIds(table, column),
    gauges: () => backend.gauges(),
    checkpoint: () => backend.checkpoint(),
    optimize: () => backend.optimize(),
    backup: (file, options) => backend.backup(file, options),
    vacuumSlice: (pages) => backend.vacuumSlice(pages),
    vacuumFully: () => backend.vacuumFully(),
    close: () => backend.close(),
    [Symbol.asyncDispose]: () => backend.close(),
  };
  const db = {
    backend: flaky,
    tables: sqliteTables,
    builder: createBuilder(flaky),
    functions: isPostgres ? postgresFunctions : sqliteFunctions,
    partitions: null,
  };
  return createStatsStore(db, 'UTC');
}
