import { sqliteDialect } from './dialect/sqlite.js';
import { agentTables } from './tables/agents.js';
import { immersionTables } from './tables/immersion.js';
import { libraryTables } from './tables/library.js';
import { playbackTables } from './tables/playback.js';
import { libraryWorkTables } from './tables/library-work.js';
import { systemTables } from './tables/system.js';
import { transcriptTables } from './tables/transcripts.js';

const immersion = immersionTables(sqliteDialect);
const system = systemTables(sqliteDialect);
const library = libraryTables(sqliteDialect, immersion.videos, system.qualities);

/** Entry of drizzle-kit for SQLite: it reads the exported tables. */
export const sqliteTables = {
  ...immersion,
  ...playbackTables(sqliteDialect, immersion),
  ...agentTables(sqliteDialect),
  ...system,
  ...library,
  ...libraryWorkTables(sqliteDialect, library.entries, system),
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
  viewers,
  playbacks,
  audienceRollups,
  audienceViewers,
  audienceSlices,
  audienceWindows,
  audienceRankings,
  dirtyPeriods,
  languages,
  codecs,
  containers,
  qualities,
  searchDocuments,
  agents,
  extractionTypes,
  patterns,
  codeLanguages,
  processSessions,
  processTotals,
  stateChanges,
  extractions,
  codeBlocks,
  sessionPatterns,
  extractionSlices,
  settings,
  apiTokens,
  deadLetters,
  jobRuns,
  jobLeases,
  tombstones,
  auditLog,
  categories,
  entries,
  entryQualities,
  transcodingJobs,
  qualityProgress,
  transcriptionTexts,
  transcriptions,
  transcriptSources,
  transcriptErrorCodes,
  transcripts,
  transcriptBodies,
  extractionJobs,
  jobVideos,
  extractionResults,
  cacheSlices,
} = sqliteTables;

/** The tables as the program sees them; PostgreSQL's are cast to this type (dialect/postgres.ts). */
export type Tables = typeof sqliteTables;
