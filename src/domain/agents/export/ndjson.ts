import { eventFields } from '../process-event.js';
import { sessionFields, type ProcessExportFormat } from './format.js';

/** One JSON object to a line, told apart by `kind`: the session, then its events in time order. */
export const NDJSON: ProcessExportFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  head: (session, totals) => `${JSON.stringify({ kind: 'SESSION', ...sessionFields(session, totals) })}\n`,
  event: (_session, event) => `${JSON.stringify({ kind: event.kind, ...eventFields(event) })}\n`,
  tail: () => '',
};
