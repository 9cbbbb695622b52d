import type { Config } from '../config/config.js';
import { sqliteWorkerFile } from '../db/sqlite/backend.js';
import { openSqliteStore, sqliteMigrationStatus, type OpenedStore } from '../db/sqlite/open.js';
import type { MigrationStatus } from '../db/migrate.js';
import { StartupError } from '../domain/errors.js';
import type { Clock } from '../domain/time.js';
import type { Events } from '../observability/events.js';
import { packagePath } from './package-info.js';

/** Opens the configured store, made and migrated as needed. Throws StartupError. */
export async function openStore(config: Config, clock: Clock, events: Events): Promise<OpenedStore> {
  const { storage } = config;
  if (storage.provider !== 'sqlite') throw new StartupError('Only sqlite can be opened by this version');
  const opened = await openSqliteStore({
    ...sqliteOptions(storage, events),
    timezone: config.timezone,
    nowMs: clock.now(),
  });
  const { applied, backupFile, isAdopted } = opened.migration;
  if (applied.length > 0) events.logger.info({ applied, backupFile, isAdopted }, 'the database was migrated');
  const zone = await opened.store.maintenance.rollUpZone();
  if (zone !== null && zone !== config.timezone) {
    events.logger.warn(
      { stored: zone, configured: config.timezone },
      'daily and monthly roll-ups are kept in another zone: stop the server and run `kinostat rollup --rebuild`',
    );
  }
  return opened;
}

/** What a migration would do; changes nothing. */
export async function readMigrationStatus(config: Config, events: Events): Promise<MigrationStatus> {
  const { storage } = config;
  if (storage.provider !== 'sqlite') throw new StartupError('Only sqlite can be opened by this version');
  return sqliteMigrationStatus(sqliteOptions(storage, events));
}

function sqliteOptions(storage: Extract<Config['storage'], { provider: 'sqlite' }>, events: Events) {
  return {
    file: storage.file,
    readers: storage.readers,
    workerFile: sqliteWorkerFile(),
    migrationsFolder: packagePath('drizzle', 'sqlite'),
    onCrash: events.workerCrashed.bind(events),
  };
}
