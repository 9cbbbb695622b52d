import type { ServerResponse } from 'node:http';
import type { StatsStore } from '../domain/stats-store.js';

/** How long a store may take to answer before the server counts as not ready, ms. */
const PING_TIMEOUT_MS = 2_000;

export interface Readiness {
  readonly store: Pick<StatsStore, 'ping'>;
  /** Storage is away and the writer keeps trying. */
  readonly isRetrying: () => boolean;
  readonly isStopping: () => boolean;
}

/** The process runs. Nothing else is said. */
export function answerLive(response: ServerResponse): void {
  answerText(response, 200, 'ok\n');
}

/** Migrated (a process that is not never listens), and the store answers. No reasons: they are in the log. */
export async function answerReady(response: ServerResponse, readiness: Readiness): Promise<void> {
  const isReady = !readiness.isStopping() && !readiness.isRetrying() && (await answers(readiness.store));
  answerText(response, isReady ? 200 : 503, isReady ? 'ready\n' : 'not ready\n');
}

async function answers(store: Pick<StatsStore, 'ping'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_TIMEOUT_MS);
  });
  const ping = store.ping().then(
    () => true,
    () => false,
  );
  const isUp = await Promise.race([ping, timeout]);
  clearTimeout(timer);
  return isUp;
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

/** An error in GraphQL's shape, so that a client needs one way to read errors. */
export function answerError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  details: Readonly<Record<string, string | number>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code, ...details } }] }));
}
