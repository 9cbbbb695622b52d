import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { openPostgresStore, type OpenPostgresOptions } from '../../src/db/postgres/open.js';
import { createDatabase, execute } from '../../scripts/postgres-server.mjs';
import type { OpenedStore } from '../../src/db/opened-store.js';

const MIGRATIONS = fileURLToPath(new URL('../../drizzle/postgres', import.meta.url));
let count = 0;

/** Runs one statement as the user who may create databases. */
export const asAdministrator = (sql: string, url = inject('postgresUrl')): Promise<void> => execute(url, sql);

/** The URL of an empty database of its own, and its removal. */
export async function emptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  count += 1;
  return createDatabase(inject('postgresUrl'), `kinostat_${process.pid}_${count}`);
}

export const postgresOptions = (
  url: string,
  overrides: Partial<OpenPostgresOptions> = {},
): OpenPostgresOptions => ({
  url,
  poolSize: 4,
  statementTimeoutMs: 60_000,
  isPrepared: true,
  connectDeadlineMs: 5_000,
  migrationsFolder: MIGRATIONS,
  timezone: 'UTC',
  nowMs: Date.parse('2026-11-21T12:00:00.000Z'),
  onConnectionLost: () => undefined,
  random: Math.random,
  ...overrides,
});

export const openPostgres = (
  url: string,
  overrides: Partial<OpenPostgresOptions> = {},
): Promise<OpenedStore> => openPostgresStore(postgresOptions(url, overrides));
