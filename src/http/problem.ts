import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { KinostatError, storageErrorOf, unavailable } from '../domain/errors.js';
import type { Events } from '../observability/events.js';
import { answerError } from './health.js';

/** What the client may read of an error; anything unexpected is masked and findable by its id. */
export function toProblem(error: unknown, events: Events): KinostatError {
  if (error instanceof KinostatError) return error;
  const storage = storageErrorOf(error);
  if (storage?.isTransient === true) {
    events.logger.error({ code: storage.code, reason: storage.message }, 'storage is away');
    return unavailable('Storage does not answer: try again later');
  }
  const errorId = randomUUID();
  events.unexpectedError(errorId, error);
  return new KinostatError('INTERNAL_SERVER_ERROR', 'Something went wrong', { errorId });
}

/** With a status that fits its code. */
export function answerProblem(response: ServerResponse, problem: KinostatError): void {
  const { code, message, details } = problem;
  answerError(response, statusOf(problem), code, message, retryAfterOf(problem), details);
}

function statusOf({ code, details }: KinostatError): number {
  if (code === 'NOT_FOUND') return details['reason'] === 'PRUNED' ? 410 : 404;
  if (code === 'UNAVAILABLE') return 503;
  return code === 'INTERNAL_SERVER_ERROR' ? 500 : 400;
}

/** When to come back, s. */
const RETRY_AFTER_S = 5;

function retryAfterOf({ code, details }: KinostatError): Record<string, string> {
  if (code !== 'UNAVAILABLE') return {};
  const { retryAfterMs } = details;
  const seconds = typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / 1000) : RETRY_AFTER_S;
  return { 'retry-after': String(seconds) };
}
