import type { MigrationDialect } from '../migrate.js';
import type { PostgresBackend } from './backend.js';

const HISTORY = 'drizzle.__drizzle_migrations';
/** Any number that other programs hardly use: instances that start at once take turns on it. */
const LOCK_KEY = 5_466_782_807;

export function postgresMigrationDialect(backend: PostgresBackend): MigrationDialect {
  return {
    historyTable: HISTORY,
    // The shape drizzle's own migrator makes, so that either can go on from the other. One statement: a block.
    createHistory: {
      sql: `DO $$ BEGIN
        CREATE SCHEMA IF NOT EXISTS drizzle;
        CREATE TABLE IF NOT EXISTS ${HISTORY} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
      END $$`,
      params: [],
    },
    async listTables() {
      const rows = await backend.execute(
        `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
         UNION ALL SELECT '${HISTORY}' WHERE to_regclass('${HISTORY}') IS NOT NULL`,
      );
      return rows.map(([name]) => String(name));
    },
    // The v1 schema was SQLite's.
    adoption: () => Promise.resolve(null),
    around: (work) => backend.exclusively(LOCK_KEY, work),
  };
}
