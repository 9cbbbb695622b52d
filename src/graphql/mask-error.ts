import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import {
  ERROR_CODES,
  KinostatError,
  storageErrorOf,
  UNSTORABLE_TEXT,
  type ErrorCode,
} from '../domain/errors.js';
import type { Events } from '../observability/events.js';

/**
 * The one place where errors become answers. Expected ones keep their code and sentence; storage that is away is
 * UNAVAILABLE; everything else is masked, logged once, and findable by its id.
 */
export function toClientError(error: unknown, events: Events): GraphQLError {
  const masked = convert(error, events);
  events.graphqlError(codeOf(masked) ?? 'INTERNAL_SERVER_ERROR');
  return masked;
}

function convert(error: unknown, events: Events): GraphQLError {
  if (!(error instanceof GraphQLError))
    return convert(new GraphQLError('', { originalError: toError(error) }), events);
  const cause = error.originalError;
  if (cause instanceof GraphQLError && cause !== error)
    return located(error, error.message, cause.extensions);
  if (cause instanceof KinostatError)
    return located(error, cause.message, { code: cause.code, ...cause.details });
  const storage = storageErrorOf(cause);
  if (storage?.isTransient === true) {
    events.logger.error({ code: storage.code, reason: storage.message }, 'storage is away');
    return located(error, 'Storage does not answer: try again later', { code: 'UNAVAILABLE' });
  }
  // SQLite looks for such a text and finds nothing.
  if (storage?.code === UNSTORABLE_TEXT)
    return located(error, 'A text holds characters that are not text', { code: 'BAD_USER_INPUT' });
  // Without a cause it was made by graphql itself or by a validation rule, for the client to read.
  if (cause === undefined) return located(error, error.message, error.extensions);
  const errorId = randomUUID();
  events.unexpectedError(errorId, cause);
  return located(error, 'Something went wrong', { code: 'INTERNAL_SERVER_ERROR', errorId });
}

function located(
  error: GraphQLError,
  message: string,
  extensions: Readonly<Record<string, unknown>>,
): GraphQLError {
  const code = extensions['code'];
  const isKnown = ERROR_CODES.some((known) => known === code);
  return new GraphQLError(message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    extensions: { ...extensions, code: isKnown ? code : 'BAD_USER_INPUT' },
  });
}

export const codeOf = (error: GraphQLError): ErrorCode | null =>
  ERROR_CODES.find((code) => code === error.extensions['code']) ?? null;

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
