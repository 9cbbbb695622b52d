import type { Config, StorageConfig } from '../config/config.js';
import type { MigrationStatus } from '../db/migrate.js';
import type { OpenedStore } from '../db/opened-store.js';
import { openPostgresStore, postgresMigrationStatus, type OpenPostgresOptions } from '../db/postgres/open.js';
import { sqliteWorkerFile } from '../db/sqlite/backend.js';
import { openSqliteStore, sqliteMigrationStatus } from '../db/sqlite/open.js';
import type { Clock } from '../domain/time.js';
import type { Events } from '../observability/events.js';
import { packagePath } from './package-info.js';

/** Opens the configured store, made and migrated as needed. Throws StartupError. */
export async function openStore(config: Config, clock: Clock, events: Events): Promise<OpenedStore> {
  const { storage, timezone } = config;
  const nowMs = clock.now();
  const opened =
    storage.provider === 'sqlite'
      ? await openSqliteStore({ ...sqliteOptions(storage, events), timezone, nowMs })
      : await openPostgresStore(postgresOptions(storage, timezone, nowMs, events));
  const { applied, backupFile, isAdopted } = opened.migration;
  if (applied.length > 0) events.logger.info({ applied, backupFile, isAdopted }, 'the database was migrated');
  const zone = await opened.store.maintenance.rollUpZone();
  if (zone !== null && zone !== timezone) {
    events.logger.warn(
      { stored: zone, configured: timezone },
      'daily and monthly roll-ups are kept in another zone: stop the server and run `kinostat rollup --rebuild`',
    );
  }
  return opened;
}

/** What a migration would do; changes nothing. */
export async function readMigrationStatus(
  { storage, timezone }: Config,
  clock: Clock,
  events: Events,
): Promise<MigrationStatus> {
  return storage.provider === 'sqlite'
    ? sqliteMigrationStatus(sqliteOptions(storage, events))
    : postgresMigrationStatus(postgresOptions(storage, timezone, clock.now(), events));
}

type StorageOf<Provider> = Extract<StorageConfig, { provider: Provider }>;

function sqliteOptions(storage: StorageOf<'sqlite'>, events: Events) {
  return {
    file: storage.file,
    readers: storage.readers,
    workerFile: sqliteWorkerFile(),
    migrationsFolder: packagePath('drizzle', 'sqlite'),
    onCrash: events.workerCrashed.bind(events),
  };
}

function postgresOptions(
  storage: StorageOf<'postgres'>,
  timezone: string,
  nowMs: number,
  events: Events,
): OpenPostgresOptions {
  return {
    ...storage,
    migrationsFolder: packagePath('drizzle', 'postgres'),
    timezone,
    nowMs,
    onConnectionLost: events.connectionLost.bind(events),
    random: Math.random,
  };
}
