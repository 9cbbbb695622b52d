import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { restMsAfter } from '../pace.js';
import { CodedError } from './coded-error.js';

/** Pages of one step of a copy: about a millisecond (400 KiB). */
const STEP_PAGES = 100;

/**
 * Copies one snapshot of the database into a new file, page by page (https://sqlite.org/backup.html). A paced copy
 * rests after each step. Everything is in the one file: it has no write-ahead log.
 */
export async function copyDatabase(
  database: Database.Database,
  file: string,
  isPaced: boolean,
): Promise<void> {
  if (!existsSync(dirname(file)))
    throw new CodedError('SQLITE_CANTOPEN', `There is no folder ${dirname(file)}`);
  if (existsSync(file)) throw new CodedError('BACKUP_EXISTS', `${file} exists: a backup never overwrites`);
  let stepStartedMs = performance.now();
  // The open transaction holds the snapshot. Without it each commit of the writer would make the copy begin anew.
  database.exec('BEGIN');
  try {
    database.prepare('SELECT 1 FROM sqlite_schema').get();
    await database.backup(file, {
      progress: () => {
        if (isPaced) sleep(restMsAfter(performance.now() - stepStartedMs));
        stepStartedMs = performance.now();
        return STEP_PAGES;
      },
    });
  } finally {
    database.exec('COMMIT');
  }
  // The copied header says that there is a write-ahead log: a reader in a folder that it cannot write to would refuse.
  const copy = new Database(file);
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** The thread has nothing else to do. */
const sleep = (ms: number): void => {
  Atomics.wait(never, 0, 0, ms);
};
