import { postgresDialect } from './dialect/postgres.js';
import { agentTables } from './tables/agents.js';
import { immersionTables } from './tables/immersion.js';
import { libraryTables } from './tables/library.js';
import { playbackTables } from './tables/playback.js';
import { libraryWorkTables } from './tables/library-work.js';
import { systemTables } from './tables/system.js';
import { transcriptTables } from './tables/transcripts.js';

const immersion = immersionTables(postgresDialect);
const system = systemTables(postgresDialect);
const library = libraryTables(postgresDialect, immersion.videos, system.qualities);

/** Entry of drizzle-kit for PostgreSQL: it reads the exported tables. */
export const postgresTables = {
  ...immersion,
  ...playbackTables(postgresDialect, immersion),
  ...agentTables(postgresDialect),
  ...system,
  ...library,
  ...libraryWorkTables(postgresDialect, library.entries, system),
  ...transcriptTables(postgresDialect, immersion.videos),
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
} = postgresTables;
