import { integer, type Setting } from './setting.js';

/** Where data is kept, and how it is reached. */
export const STORAGE_SETTINGS = {
  storage: {
    type: 'choice',
    env: 'KINOSTAT_STORAGE',
    default: 'sqlite',
    choices: ['sqlite', 'postgres'],
    description: 'Where data is kept. `postgres` needs KINOSTAT_DATABASE_URL.',
  },
  sqliteFile: {
    type: 'text',
    env: 'KINOSTAT_SQLITE_FILE',
    default: './data/kinostat.sqlite',
    flag: 'file',
    description: 'The database file. It and its folder are made when missing.',
  },
  sqliteReaders: integer('KINOSTAT_SQLITE_READERS', 2, 1, 16, 'Threads that answer queries.'),
  databaseUrl: {
    type: 'text',
    env: 'KINOSTAT_DATABASE_URL',
    default: '',
    isSecret: true,
    description:
      'Connection URL of PostgreSQL: `postgresql://user:password@host:5432/name`. TLS by `?sslmode=verify-full` and `sslrootcert=FILE`.',
  },
  databasePoolSize: integer(
    'KINOSTAT_DATABASE_POOL_SIZE',
    10,
    2,
    200,
    'Connections to PostgreSQL of this instance.',
  ),
  databaseStatementTimeoutMs: integer(
    'KINOSTAT_DATABASE_STATEMENT_TIMEOUT_MS',
    60_000,
    1_000,
    3_600_000,
    'PostgreSQL ends a statement that takes longer, ms.',
  ),
  databaseConnectDeadlineMs: integer(
    'KINOSTAT_DATABASE_CONNECT_DEADLINE_MS',
    30_000,
    0,
    3_600_000,
    'How long a start waits for a PostgreSQL server that is away, ms.',
  ),
  databasePreparesStatements: {
    type: 'boolean',
    env: 'KINOSTAT_DATABASE_PREPARE',
    default: true,
    description:
      'Prepared statements. `false` behind a pooler in transaction mode that does not keep them (PgBouncer before 1.21).',
  },
} as const satisfies Record<string, Setting>;
