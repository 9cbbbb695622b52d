import { StorageError } from '../../domain/errors.js';
import type { ErrorMessage } from './protocol.js';

/**
 * Primary result codes after which the same statement can succeed later: somebody else holds the lock, the disk is
 * full or away, the file is read-only or damaged. Splitting a batch would help with none of them.
 */
const TRANSIENT = [
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_NOMEM',
  'SQLITE_PROTOCOL',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_INTERRUPT',
  'WORKER_CRASHED',
  'WORKER_CLOSED',
];

export function toStorageError({ code, message }: ErrorMessage): StorageError {
  const isTransient = TRANSIENT.some((prefix) => code === prefix || code.startsWith(`${prefix}_`));
  return new StorageError(code, message, isTransient);
}
