import { postgresDialect } from './dialect/postgres.js';
import { immersionTables } from './tables/immersion.js';
import { systemTables } from './tables/system.js';

/** Entry of drizzle-kit for PostgreSQL: it reads the exported tables. */
export const postgresTables = { ...immersionTables(postgresDialect), ...systemTables(postgresDialect) };

export const {
  schemaVersion,
  videos,
  sessions,
  telemetry,
  events,
  sessionTotals,
  sessionSlices,
  dirtySlices,
  sliceRollups,
  dailyRollups,
  monthlyRollups,
  languages,
  codecs,
  containers,
  settings,
  apiTokens,
  deadLetters,
  jobRuns,
  jobLeases,
  auditLog,
} = postgresTables;
