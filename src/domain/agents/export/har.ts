import { eventFields, stateName, type ProcessEvent } from '../process-event.js';
import { sessionFields, type ProcessExportFormat } from './format.js';

const PAGE_ID = 'process';
/** HAR has no word for what is not HTTP: sizes that are not known are -1, names of our own begin with an underscore. */
const UNKNOWN_SIZE = -1;

/**
 * HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/): the session is the page, each event an entry,
 * so that viewers for HAR show the rhythm of a run. What has no place there stands in `_kinostat`. `version` is that of
 * the server.
 */
export const toHar = (version: string): ProcessExportFormat => ({
  contentType: 'application/json; charset=utf-8',
  head(session, totals) {
    const { startedAtMs, endedAtMs, agent } = session;
    const page = {
      startedDateTime: iso(startedAtMs),
      id: PAGE_ID,
      title: agent,
      pageTimings: { onLoad: endedAtMs === null ? -1 : Math.max(0, endedAtMs - startedAtMs) },
      _kinostat: sessionFields(session, totals),
    };
    const creator = { name: 'Kinostat', version };
    const log = JSON.stringify({ version: '1.2', creator, pages: [page] });
    return `{"log":${log.slice(0, -1)},"entries":[`;
  },
  event: (session, event, index) =>
    `${index === 0 ? '' : ','}\n${JSON.stringify(toEntry(session.agent, event))}`,
  tail: () => '\n]}}\n',
});

function toEntry(agent: string, event: ProcessEvent) {
  const { what, name, text } = namesOf(event);
  return {
    pageref: PAGE_ID,
    startedDateTime: iso(event.atMs),
    time: 0,
    request: {
      method: event.kind,
      url: `kinostat://${[agent, what, name].map(encodeURIComponent).join('/')}`,
      httpVersion: '',
      cookies: [],
      headers: [],
      queryString: [],
      headersSize: UNKNOWN_SIZE,
      bodySize: UNKNOWN_SIZE,
    },
    response: {
      status: 200,
      statusText: '',
      httpVersion: '',
      cookies: [],
      headers: [],
      content: { size: new TextEncoder().encode(text).length, mimeType: 'text/plain', text },
      redirectURL: '',
      headersSize: UNKNOWN_SIZE,
      bodySize: UNKNOWN_SIZE,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    _kinostat: eventFields(event),
  };
}

function namesOf(event: ProcessEvent): { what: string; name: string; text: string } {
  if (event.kind === 'STATE') return { what: 'state', name: stateName(event.change.state), text: '' };
  const { type, pattern, originalLine, matchedValue } = event.extraction;
  const text = event.code?.content ?? originalLine ?? matchedValue ?? '';
  return { what: type, name: pattern, text };
}

const iso = (ms: number): string => new Date(ms).toISOString();
