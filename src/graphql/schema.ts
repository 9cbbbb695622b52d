import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import './shared/scalars.js';
import './agents/activity.js';
import './agents/code-blocks.js';
import './agents/extraction.js';
import './agents/ingest.js';
import './agents/process-session.js';
import './agents/search.js';
import './agents/statistics.js';
import './analytics/extractions.js';
import './analytics/sessions.js';
import './immersion/activity.js';
import './immersion/ingest.js';
import './immersion/rollups.js';
import './immersion/session-event.js';
import './immersion/session.js';
import './immersion/subscriptions.js';
import './immersion/trends.js';
import './immersion/video.js';
import './playback/audience.js';
import './playback/audience-top.js';
import './playback/audience-trend.js';
import './playback/ingest.js';
import './playback/playback.js';
import './playback/viewer.js';
import './replay/control.js';
import './replay/subscription.js';
import './library/category.js';
import './library/entry.js';
import './library/entry-changes.js';
import './library/transcoding-changes.js';
import './library/transcoding-job.js';
import './library/transcoding-progress.js';
import './library/transcription.js';
import './library/transcription-changes.js';
import './library/transcription-search.js';
import './system/administration.js';
import './system/status.js';
import './transcripts/cache.js';
import './transcripts/extraction-job.js';
import './transcripts/job-mutations.js';
import './transcripts/job-progress.js';
import './transcripts/put.js';
import './transcripts/search.js';
import './transcripts/transcript.js';
import { guardScopes } from './shared/scope.js';

/** The whole API, with the check of scopes before every root field. */
export function createSchema(): GraphQLSchema {
  const schema = builder.toSchema();
  guardScopes(schema);
  return schema;
}

/** The committed schema.graphql. */
export const printedSchema = (schema: GraphQLSchema): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;
