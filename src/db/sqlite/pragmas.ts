/** Below this version several connections can corrupt the WAL (SQLite 3.51.3 release notes). */
export const MIN_SQLITE_VERSION = '3.51.3';

/** How long a connection waits for another process's lock, ms. */
export const BUSY_TIMEOUT_MS = 2_500;

/** A WAL that a checkpoint emptied is cut back to this size, bytes. */
const JOURNAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Pragmas of a connection, in order. busy_timeout comes first because switching to WAL takes a lock; auto_vacuum only
 * takes effect before the first table. NORMAL with WAL syncs at checkpoints: a crash of the process loses nothing
 * committed, a loss of power may lose the last commits but never corrupts.
 */
export function pragmasOf(role: 'writer' | 'reader'): readonly string[] {
  const shared = [
    `busy_timeout = ${BUSY_TIMEOUT_MS}`,
    'foreign_keys = ON',
    'temp_store = MEMORY',
    'mmap_size = 268435456',
  ];
  // The file is opened read-only.
  if (role === 'reader') return [...shared, 'cache_size = -16384'];
  return [
    `busy_timeout = ${BUSY_TIMEOUT_MS}`,
    'auto_vacuum = INCREMENTAL',
    'journal_mode = WAL',
    'synchronous = NORMAL',
    `journal_size_limit = ${JOURNAL_SIZE_LIMIT_BYTES}`,
    'cache_size = -32768',
    // Checkpoints run on the job's timer; this is the bound should it be late (pages of 4 KiB).
    'wal_autocheckpoint = 4000',
    ...shared,
  ];
}

/** Compares dotted versions numerically. */
export function isOlder(version: string, minimum: string): boolean {
  const a = version.split('.').map(Number);
  const b = minimum.split('.').map(Number);
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) < (b[i] ?? 0);
  }
  return false;
}
