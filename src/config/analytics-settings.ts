import { integer, type Setting } from './setting.js';

/** What answers the questions of analytics. */
export const ANALYTICS_SETTINGS = {
  analytics: {
    type: 'choice',
    env: 'KINOSTAT_ANALYTICS',
    default: 'store',
    choices: ['store', 'duckdb'],
    description:
      'What answers the questions of analytics. `duckdb` needs the optional package @duckdb/node-api; without it the store answers.',
  },
  analyticsFile: {
    type: 'text',
    env: 'KINOSTAT_ANALYTICS_FILE',
    default: './data/kinostat-analytics.duckdb',
    description: 'The file of DuckDB: a copy that can be made anew. One process opens it.',
  },
  analyticsMemoryMb: integer(
    'KINOSTAT_ANALYTICS_MEMORY_MB',
    512,
    64,
    1_048_576,
    'Memory limit of DuckDB, MiB.',
  ),
  analyticsThreads: integer('KINOSTAT_ANALYTICS_THREADS', 2, 1, 256, 'Threads of DuckDB.'),
  analyticsSyncIntervalMs: integer(
    'KINOSTAT_ANALYTICS_SYNC_INTERVAL_MS',
    30_000,
    1_000,
    86_400_000,
    'Between copies of what is new to DuckDB, ms.',
  ),
} as const satisfies Record<string, Setting>;
