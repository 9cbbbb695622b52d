import pg from 'pg';
import { StorageError, UNSTORABLE_TEXT } from '../../domain/errors.js';

/**
 * SQLSTATE classes and codes after which the same statement can succeed later (PostgreSQL, appendix A): connection
 * (08), resources (53), intervention of the operator (57), system (58), and the ones below. Splitting a batch would help
 * with none of them.
 */
const TRANSIENT_CLASSES = ['08', '53', '57', '58'];
const TRANSIENT = [
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '25006', // read-only: the server is a replica now
  '25P03', // idle in transaction for too long
  '28000', // refused: perhaps it changes its rules just now
  '28P01',
  '3D000', // the database is being restored
  'XX000',
];
/** Of Node's sockets and resolver. */
const NETWORK = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOENT',
];
/** A parameter that is no text of this server, or JSON with one in it: NUL. */
const NOT_TEXT = ['22021', '22P05'];
/** Worth another try at once: another transaction was in the way. */
const CONFLICTS = ['40001', '40P01'];

export const isConflict = (error: unknown): boolean =>
  error instanceof StorageError && CONFLICTS.includes(error.code);

export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof pg.DatabaseError) {
    const code = NOT_TEXT.includes(error.code ?? '') ? UNSTORABLE_TEXT : (error.code ?? 'XX000');
    const isTransient = TRANSIENT_CLASSES.includes(code.slice(0, 2)) || TRANSIENT.includes(code);
    return new StorageError(code, message, isTransient, { cause: error });
  }
  const code = codeOf(error);
  // The driver has no codes for a connection that ended or did not come about in time.
  const isConnection =
    code === null ? /terminat|timeout|closed|queryable/i.test(message) : NETWORK.includes(code);
  return new StorageError(code ?? (isConnection ? 'CONNECTION_LOST' : 'DRIVER'), message, isConnection, {
    cause: error,
  });
}

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
