import type { Backend } from '../backend.js';
import type { MigrationDialect } from '../migrate.js';
import { isSeedSchema, seedAdoption } from './seed-adoption.js';

const HISTORY = '__drizzle_migrations';

export function sqliteMigrationDialect(backend: Backend): MigrationDialect {
  return {
    historyTable: HISTORY,
    // The shape drizzle's own migrator makes, so that either can go on from the other.
    createHistory: {
      sql: `CREATE TABLE IF NOT EXISTS ${HISTORY} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
      params: [],
    },
    async listTables() {
      // The writing connection: the readers may have been opened before another process made the tables.
      const rows = await backend.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      );
      return rows.map(([name]) => String(name));
    },
    async adoption(tables) {
      return (await isSeedSchema(backend, tables)) ? seedAdoption() : null;
    },
    async around(work) {
      // Inside a transaction the pragma does nothing, and a rebuilt parent table would delete its children.
      await backend.execute('PRAGMA foreign_keys = OFF');
      try {
        return await work();
      } finally {
        await backend.execute('PRAGMA foreign_keys = ON');
      }
    },
  };
}
