import type { Tables } from './sqlite.js';

/**
 * How Citus spreads a table: in shards by a column, together with the other tables of that column; or as a copy on
 * every node (a reference table), which any shard may join and point at. Every table must say it: what is left out
 * would stay on the coordinator alone.
 */
export type Distribution = 'reference' | 'session_id' | 'video_id' | 'process_session_id' | 'agent_id';

/** Tables that others point at come before them. */
export const DISTRIBUTION: Readonly<Record<keyof Tables, Distribution>> = {
  languages: 'reference',
  codecs: 'reference',
  containers: 'reference',
  qualities: 'reference',
  searchDocuments: 'reference',
  videos: 'reference',
  sessions: 'reference',
  // The token is unique, and nothing but a reference table may say so without the column it is spread by.
  viewers: 'reference',
  playbacks: 'reference',
  audienceRollups: 'video_id',
  // By period, of all videos.
  audienceViewers: 'reference',
  audienceSlices: 'reference',
  audienceWindows: 'reference',
  audienceRankings: 'reference',
  dirtyPeriods: 'reference',
  telemetry: 'session_id',
  events: 'session_id',
  sessionTotals: 'session_id',
  sessionSlices: 'session_id',
  dirtySlices: 'session_id',
  sliceRollups: 'video_id',
  dailyRollups: 'video_id',
  monthlyRollups: 'video_id',
  categories: 'reference',
  entries: 'reference',
  entryQualities: 'reference',
  transcodingJobs: 'reference',
  qualityProgress: 'reference',
  transcriptionTexts: 'reference',
  transcriptions: 'reference',
  agents: 'reference',
  extractionTypes: 'reference',
  patterns: 'reference',
  codeLanguages: 'reference',
  processSessions: 'reference',
  processTotals: 'process_session_id',
  stateChanges: 'process_session_id',
  extractions: 'process_session_id',
  codeBlocks: 'reference',
  sessionPatterns: 'process_session_id',
  extractionSlices: 'agent_id',
  schemaVersion: 'reference',
  settings: 'reference',
  apiTokens: 'reference',
  deadLetters: 'reference',
  jobRuns: 'reference',
  jobLeases: 'reference',
  tombstones: 'reference',
  auditLog: 'reference',
  transcriptSources: 'reference',
  transcriptErrorCodes: 'reference',
  transcripts: 'video_id',
  transcriptBodies: 'video_id',
  extractionJobs: 'reference',
  jobVideos: 'reference',
  extractionResults: 'reference',
  cacheSlices: 'reference',
};
