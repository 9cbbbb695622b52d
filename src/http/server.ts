import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasScope } from '../domain/access.js';
import { StartupError } from '../domain/errors.js';
import type { YogaServer } from '../graphql/yoga.js';
import type { Events } from '../observability/events.js';
import type { Auth, AuthResult } from './auth.js';
import { answerError, answerLive, answerReady, answerText, type Readiness } from './health.js';
import { JsonPost } from './json-post.js';
import { originProblem, type OriginRules } from './origin.js';
import { answerProblem, toProblem } from './problem.js';
import { answerProcessExport, isProcessExportPath, type ProcessExportOptions } from './process-export.js';
import { isReplayPath } from './replay-request.js';
import { answerReplay, type ReplayStreamOptions } from './replay-stream.js';

export interface HttpServerOptions extends ProcessExportOptions {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly yoga: YogaServer;
  readonly auth: Auth;
  readonly origins: OriginRules;
  readonly readiness: Readiness;
  readonly events: Events;
  readonly replays: ReplayStreamOptions['replays'];
  readonly clock: ReplayStreamOptions['clock'];
  /** Brings gauges up to date before they are printed. */
  readonly refreshGauges: () => void;
}

export interface HttpServer {
  /** `http://127.0.0.1:4114` */
  readonly url: string;
  /** Stops listening and lets requests under way finish until the deadline, ms. */
  close(deadlineMs: number): Promise<void>;
}

const ROUTES = ['/graphql', '/livez', '/readyz', '/metrics'] as const;
type Route = (typeof ROUTES)[number] | '/replay' | '/export' | 'other';

/** A client that sends its headers slower than this is cut off, ms. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const jsonPost = new JsonPost(options.yoga, options.maxBodyBytes);
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 65_000 },
    (request, response) => {
      handle(options, jsonPost, request, response).catch((error: unknown) => {
        const problem = toProblem(error, options.events);
        if (response.headersSent) response.destroy();
        else answerProblem(response, problem);
      });
    },
  );
  await listen(server, options);
  const { port, family, address } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: (deadlineMs) => close(server, deadlineMs),
  };
}

function routeOf(path: string): Route {
  if (isReplayPath(path)) return '/replay';
  if (isProcessExportPath(path)) return '/export';
  return ROUTES.find((known) => known === path) ?? 'other';
}

async function handle(
  options: HttpServerOptions,
  jsonPost: JsonPost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = routeOf(path);
  observe(options.events, request, response, route);
  if (route === '/livez') {
    answerLive(response);
    return;
  }
  const problem = originProblem(request.headers, options.origins);
  if (problem !== null) {
    answerError(response, 403, 'FORBIDDEN', problem);
    return;
  }
  if (route === '/readyz') return answerReady(response, options.readiness);
  if (route === 'other') {
    answerError(response, 404, 'NOT_FOUND', 'There is nothing at this address');
    return;
  }
  // A browser asks before it sends anything with credentials; the answer tells nothing but the rules.
  if (route === '/graphql' && request.method === 'OPTIONS') {
    await options.yoga(request, response, { caller: { tokenId: null, scopes: 0 } });
    return;
  }
  const result = await options.auth.identify(request.headers.authorization);
  if (!result.isAllowed) {
    refuse(response, result);
    return;
  }
  if (route !== '/graphql' && !hasScope(result.caller.scopes, 'read')) {
    answerError(response, 403, 'FORBIDDEN', 'The token needs the scope read');
    return;
  }
  if (route === '/replay') return answerReplay(options, request, response, result.caller);
  if (route === '/export') return answerProcessExport(options, request, response);
  if (route === '/metrics') {
    options.refreshGauges();
    const { registry } = options.events.metrics;
    answerText(response, 200, await registry.metrics());
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > options.maxBodyBytes) {
    // The rest of the body is not read: the connection ends with the answer.
    const message = `The body is larger than ${options.maxBodyBytes} bytes`;
    answerError(response, 413, 'BAD_USER_INPUT', message, { connection: 'close' });
    return;
  }
  await jsonPost.answer(request, response, result.caller);
}

function refuse(response: ServerResponse, result: Extract<AuthResult, { isAllowed: false }>): void {
  if (result.code === 'RATE_LIMITED') {
    const seconds = String(Math.ceil(result.retryAfterMs / 1000));
    return answerError(response, 429, result.code, 'This token has sent too many requests', {
      'retry-after': seconds,
    });
  }
  answerError(response, 401, result.code, 'A valid token is needed: Authorization: Bearer kst_...', {
    'www-authenticate': 'Bearer',
  });
}

function observe(events: Events, request: IncomingMessage, response: ServerResponse, route: Route): void {
  const startedMs = performance.now();
  response.once('close', () => {
    const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'aborted';
    events.metrics.httpRequests.inc({ route, status });
    const isStream = String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
    if (!isStream && request.method !== 'OPTIONS') {
      events.metrics.httpSeconds.observe({ route }, (performance.now() - startedMs) / 1000);
    }
  });
}

async function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: 'is already in use: another server runs there, or choose KINOSTAT_PORT',
        EACCES: 'may not be used by this user: choose KINOSTAT_PORT above 1023',
        EADDRNOTAVAIL: 'is not an address of this machine: check KINOSTAT_HOST',
        ENOTFOUND: 'cannot be resolved: check KINOSTAT_HOST',
      };
      reject(
        new StartupError(
          `${host}:${port} ${reasons[error.code ?? ''] ?? `cannot be listened on (${error.code})`}`,
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
  timer.unref();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}
