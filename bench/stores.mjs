import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { COUNTER_COLUMNS } from '../dist/db/commands/sql-text.js';
import { openPostgresStore } from '../dist/db/postgres/open.js';
import { sqliteWorkerFile } from '../dist/db/sqlite/backend.js';
import { openSqliteStore } from '../dist/db/sqlite/open.js';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';

/** The store of a server, with its worker threads and no server around it. */
export function openStore(file) {
  return openSqliteStore({
    file,
    readers: 1,
    workerFile: sqliteWorkerFile(),
    migrationsFolder: fileURLToPath(new URL('../drizzle/sqlite', import.meta.url)),
    timezone: 'UTC',
    nowMs: Date.now(),
    onCrash: (error) => console.error(error.message),
  });
}

/** The same on a PostgreSQL server. */
export function openServerStore(url, poolSize) {
  return openPostgresStore({
    url,
    poolSize,
    statementTimeoutMs: 60_000,
    isPrepared: true,
    connectDeadlineMs: 10_000,
    migrationsFolder: fileURLToPath(new URL('../drizzle/postgres', import.meta.url)),
    timezone: 'UTC',
    nowMs: Date.now(),
    onConnectionLost: (error) => console.error(error.message),
    random: Math.random,
  });
}

/**
 * The yardstick of writing: better-sqlite3 on the calling thread with one prepared INSERT, the same fifteen columns,
 * one unique index and the same pragmas; no conflict clause, no foreign key, no AUTOINCREMENT, nothing derived.
 */
export class RawTelemetry {
  #database;
  #insert;

  constructor(file) {
    this.#database = new Database(file);
    for (const pragma of pragmasOf('writer')) this.#database.pragma(pragma);
    this.#database.exec(`
      CREATE TABLE telemetry (telemetry_id INTEGER PRIMARY KEY, session_id INTEGER NOT NULL, sample_ms INTEGER NOT NULL,
        ${COUNTER_COLUMNS.map((c) => `${c} INTEGER NOT NULL DEFAULT 0`).join(', ')});
      CREATE UNIQUE INDEX uq_telemetry ON telemetry (session_id, sample_ms);`);
    const columns = ['session_id', 'sample_ms', ...COUNTER_COLUMNS];
    const insert = this.#database.prepare(
      `INSERT INTO telemetry (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    this.#insert = this.#database.transaction((rows) => {
      for (const row of rows) insert.run(row);
    }).immediate;
  }

  /** One transaction. */
  insert(rows) {
    this.#insert(rows);
  }

  checkpoint() {
    this.#database.pragma('wal_checkpoint(PASSIVE)');
  }

  close() {
    this.#database.close();
  }
}
