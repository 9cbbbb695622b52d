import { sqliteDialect } from './dialect/sqlite.js';
import { immersionTables } from './tables/immersion.js';
import { systemTables } from './tables/system.js';
import { transcriptTables } from './tables/transcripts.js';

const immersion = immersionTables(sqliteDialect);

/** Entry of drizzle-kit for SQLite: it reads the exported tables. */
export const sqliteTables = {
  ...immersion,
  ...systemTables(sqliteDialect),
  ...transcriptTables(sqliteDialect, immersion.videos),
};

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
  qualities,
  searchDocuments,
  settings,
  apiTokens,
  deadLetters,
  jobRuns,
  jobLeases,
  auditLog,
  transcriptSources,
  transcriptErrorCodes,
  transcripts,
  extractionJobs,
  jobVideos,
  extractionResults,
  cacheSlices,
} = sqliteTables;

/** The tables as the program sees them; PostgreSQL's are cast to this type (dialect/postgres.ts). */
export type Tables = typeof sqliteTables;
