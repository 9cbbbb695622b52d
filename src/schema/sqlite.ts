import { sqliteDialect } from './dialect/sqlite.js';
import { immersionTables } from './tables/immersion.js';
import { systemTables } from './tables/system.js';

/** Entry of drizzle-kit for SQLite: it reads the exported tables. */
export const sqliteTables = { ...immersionTables(sqliteDialect), ...systemTables(sqliteDialect) };

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
} = sqliteTables;

/** The tables as the program sees them; PostgreSQL's are cast to this type (dialect/postgres.ts). */
export type Tables = typeof sqliteTables;
