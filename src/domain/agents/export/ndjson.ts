import { eventFields } from '../process-event.js';
import { sessionFields, type ProcessExportFormat } from './format.js';

/** One JSON object to a line, told apart by `kind`: the session, then its events in time order. */
export const NDJSON: ProcessExportFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  head: (session, totals) => `${JSON.stringify({ kind: 'SESSION', ...sessionFields(session, totals) })}\n`,
  event(_session, event) {
    const code = event.kind === 'EXTRACTION' && event.code !== null ? { code: event.code.content } : {};
    return `${JSON.stringify({ kind: event.kind, ...eventFields(event), ...code })}\n`;
  },
  tail: () => '',
};
