import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toHar } from '../domain/agents/export/har.js';
import { listProcessEvents } from '../domain/agents/export/events.js';
import type { ProcessExportFormat } from '../domain/agents/export/format.js';
import { NDJSON } from '../domain/agents/export/ndjson.js';
import { TEXT } from '../domain/agents/export/text.js';
import type { AgentStore } from '../domain/agents/store.js';
import { badInput, notFound } from '../domain/errors.js';
import type { Events } from '../observability/events.js';
import { answerError } from './health.js';
import { answerProblem, toProblem } from './problem.js';

const PREFIX = '/export/process/';
const ADDRESS = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(har|ndjson|txt)$/i;

export interface ProcessExportOptions {
  readonly agents: AgentStore;
  /** Of this server; files tell who made them. */
  readonly version: string;
  readonly events: Events;
}

export const isProcessExportPath = (path: string): boolean => path.startsWith(PREFIX);

/**
 * Streams a process session as a file. It holds two pages of rows and what the socket has not taken of them; a client
 * that does not read stops the reading. When storage fails on the way, the connection breaks off, so that half a file
 * is not taken for a whole one.
 */
export async function answerProcessExport(
  options: ProcessExportOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET') {
    answerError(response, 405, 'BAD_USER_INPUT', 'An export is asked for with GET', { allow: 'GET' });
    return;
  }
  try {
    await stream(options, request.url ?? '', response);
  } catch (error) {
    const problem = toProblem(error, options.events);
    if (response.headersSent) response.destroy();
    else answerProblem(response, problem);
  }
}

async function stream(
  { agents, version }: ProcessExportOptions,
  url: string,
  response: ServerResponse,
): Promise<void> {
  const [, uuid = '', extension = ''] = ADDRESS.exec(url.slice(PREFIX.length)) ?? [];
  const format = formatOf(extension.toLowerCase(), version);
  if (format === null)
    throw badInput('The address must end with the UUID of a session and .har, .ndjson or .txt');
  const session = await agents.getProcessSession(uuid.toLowerCase());
  if (session === null) throw notFound('No process session with this UUID');
  const [totals] = await agents.listProcessTotals([session.processSessionId]);
  if (totals === undefined) throw new Error('Totals of a session are missing');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, {
    'content-type': format.contentType,
    'content-disposition': `attachment; filename="${session.sessionUuid}.${extension.toLowerCase()}"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.write(format.head(session, totals));
  let index = 0;
  for await (const event of listProcessEvents(agents, session.processSessionId)) {
    if (gone.signal.aborted) return;
    const isTaken = response.write(format.event(session, event, index));
    index += 1;
    // Rejects when the client goes instead; then the next round ends.
    if (!isTaken) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  }
  response.end(format.tail(session));
}

function formatOf(extension: string, version: string): ProcessExportFormat | null {
  switch (extension) {
    case 'har':
      return toHar(version);
    case 'ndjson':
      return NDJSON;
    case 'txt':
      return TEXT;
    default:
      return null;
  }
}
