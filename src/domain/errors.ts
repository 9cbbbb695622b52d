/** The closed list of codes a client can meet in `extensions.code` (docs/api.md explains each). */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_CURSOR',
  'CONFLICT',
  'QUEUE_FULL',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected problem: its message is written for the client and may be shown as it is. */
export class KinostatError extends Error {
  override readonly name = 'KinostatError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
  }
}

export const badInput = (message: string): KinostatError => new KinostatError('BAD_USER_INPUT', message);
export const invalidCursor = (message: string): KinostatError => new KinostatError('INVALID_CURSOR', message);
export const notFound = (message: string): KinostatError => new KinostatError('NOT_FOUND', message);
export const conflict = (message: string): KinostatError => new KinostatError('CONFLICT', message);
export const unavailable = (message: string): KinostatError => new KinostatError('UNAVAILABLE', message);

/**
 * A failure of storage. `isTransient` decides what the writer does with it: a transient one is retried
 * as it is, a permanent one makes the writer split its batch until the poison item is alone.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  constructor(
    readonly code: string,
    message: string,
    readonly isTransient: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The StorageError that an error is, or that it wraps: the query builder wraps what the database throws. */
export function storageErrorOf(error: unknown): StorageError | null {
  if (error instanceof StorageError) return error;
  return error instanceof Error && error.cause instanceof StorageError ? error.cause : null;
}

/** The code of a StorageError about a text that a database takes for none: it holds NUL. */
export const UNSTORABLE_TEXT = 'UNSTORABLE_TEXT';

/** A problem of setting up or starting: shown to the operator as one line, without a stack. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
