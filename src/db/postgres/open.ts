import { StartupError, StorageError } from '../../domain/errors.js';
import { sqliteTables } from '../../schema/sqlite.js';
import { createBuilder, type Db } from '../database.js';
import { StoreFacts } from '../queries/analytics/fact-windows.js';
import { readMigrations } from '../migration-files.js';
import { migrate, migrationStatus, type MigrationStatus } from '../migrate.js';
import { finishOpening, type OpenedStore } from '../opened-store.js';
import { createStatsStore } from '../stats-store.js';
import { PostgresBackend, type PostgresOptions } from './backend.js';
import { postgresFunctions } from './functions.js';
import { postgresMigrationDialect } from './migration-dialect.js';
import { MonthPartitions } from './partitions.js';
import { toStorageError } from './storage-error.js';

/** The oldest supported version (docs/postgres.md): before it, everybody may make tables in `public`. */
const MIN_VERSION = 150_000;
const RETRY_DELAY_MS = 500;

export interface OpenPostgresOptions extends PostgresOptions {
  readonly migrationsFolder: string;
  readonly timezone: string;
  readonly nowMs: number;
  /** How long a server that is away is waited for, ms. */
  readonly connectDeadlineMs: number;
}

/** Opens the database, making and migrating the tables as needed. Throws StartupError with a sentence for the operator. */
export async function openPostgresStore(options: OpenPostgresOptions): Promise<OpenedStore> {
  const backend = await connect(options);
  try {
    const migrations = await readMigrations(options.migrationsFolder);
    const migration = await migrate(backend, postgresMigrationDialect(backend), migrations, {
      nowMs: options.nowMs,
      // Schema changes are part of the transaction: there is nothing that a copy would be needed for.
      backup: () => Promise.resolve(null),
    });
    const partitions = new MonthPartitions(backend);
    const db: Db = {
      backend,
      tables: sqliteTables,
      builder: createBuilder(backend),
      functions: postgresFunctions,
      partitions,
    };
    const store = createStatsStore(db, options.timezone);
    await finishOpening(store, options.timezone);
    await partitions.ensure(options.nowMs);
    const { url, statementTimeoutMs, isPrepared } = options;
    const facts = new StoreFacts(db, { provider: 'postgres', url, statementTimeoutMs, isPrepared });
    return { store, backend, migration, facts };
  } catch (error) {
    await backend.close();
    throw toStartupError(error);
  }
}

export async function postgresMigrationStatus(options: OpenPostgresOptions): Promise<MigrationStatus> {
  const backend = await connect(options);
  try {
    const migrations = await readMigrations(options.migrationsFolder);
    return await migrationStatus(backend, postgresMigrationDialect(backend), migrations);
  } catch (error) {
    throw toStartupError(error);
  } finally {
    await backend.close();
  }
}

/** Waits for a server that is away until the deadline; what waiting does not mend is told at once. */
async function connect(options: OpenPostgresOptions): Promise<PostgresBackend> {
  if (!URL.canParse(options.url)) {
    throw new StartupError(
      'KINOSTAT_DATABASE_URL cannot be read: it looks like postgresql://user:password@host:5432/name',
    );
  }
  const backend = new PostgresBackend(options);
  const startedMs = performance.now();
  for (;;) {
    try {
      await check(backend);
      return backend;
    } catch (error) {
      const isOver = performance.now() - startedMs + RETRY_DELAY_MS > options.connectDeadlineMs;
      if (isOver || !isWorthWaiting(error)) {
        await backend.close();
        throw toStartupError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
    }
  }
}

async function check(backend: PostgresBackend): Promise<void> {
  const [row] = await backend.execute(
    `SELECT current_setting('server_version_num'), current_setting('server_version'), pg_is_in_recovery(),
      current_schema(), has_schema_privilege(current_schema(), 'CREATE'), current_database()`,
  );
  const [number, version, isReplica, schema, mayCreate, database] = row ?? [];
  if (Number(number) < MIN_VERSION) {
    throw new StartupError(`PostgreSQL ${String(version)} is too old: version 15 or newer is needed`);
  }
  if (isReplica === 1)
    throw new StartupError('The server is a read-only replica: give the URL of the primary');
  if (schema === null || mayCreate !== 1) {
    throw new StartupError(
      `The user may not create tables in the database ${String(database)}: make it the owner of the database, or grant CREATE on a schema of its search_path`,
    );
  }
  backend.description = `postgres ${String(version).split(' ')[0] ?? ''}`;
}

const REFUSED = ['28P01', '28000', '3D000'];
const isWorthWaiting = (error: unknown): boolean =>
  !(error instanceof StartupError) &&
  toStorageError(error).isTransient &&
  !REFUSED.includes(toStorageError(error).code);

const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'refuses the user name or the password',
  '28000': 'refuses this user from this host (pg_hba.conf)',
  '3D000': 'has no database of this name: create it first',
  '42501': 'does not let this user do what is needed: make it the owner of the database',
  '53300': 'has no connection left: raise max_connections, or lower KINOSTAT_DATABASE_POOL_SIZE',
  '25006': 'is read-only: give the URL of the primary',
  '57P03': 'is starting up or shutting down',
  ECONNREFUSED: 'refuses connections at this address: does it run there?',
  ENOTFOUND: 'cannot be found: is the host name right?',
  EAI_AGAIN: 'cannot be found: the resolver is away',
};

function toStartupError(error: unknown): unknown {
  if (error instanceof StartupError) return error;
  const known = error instanceof StorageError ? error : toStorageError(error);
  if (known.code === 'DRIVER' && !(error instanceof StorageError)) return error;
  const reason = REASONS[known.code] ?? `cannot be used: ${known.message} (${known.code})`;
  return new StartupError(`The PostgreSQL server ${reason}`, { cause: error });
}
