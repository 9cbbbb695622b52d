import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NICE } from '../../src/config/priority.js';
import { SqliteBackend, sqliteWorkerFile } from '../../src/db/sqlite/backend.js';
import { Connection } from '../../src/db/sqlite/connection.js';
import { isOlder, pragmasOf } from '../../src/db/sqlite/pragmas.js';
import { toStorageError } from '../../src/db/sqlite/storage-error.js';
import type { StorageError } from '../../src/domain/errors.js';
import { schedulingOf } from '../support/scheduling.js';
import { temporaryFolder } from '../support/store.js';

let file = '';
let backend: SqliteBackend;
const crashes: StorageError[] = [];
beforeEach(async () => {
  file = join(await temporaryFolder(), 'test.sqlite');
  crashes.length = 0;
  backend = await SqliteBackend.open({
    file,
    readers: 2,
    workerFile: sqliteWorkerFile(),
    onCrash: (error) => crashes.push(error),
  });
  await backend.transact([
    { sql: 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n < 100))', params: [] },
  ]);
});
afterEach(() => backend.close());

const insert = (n: number) => ({ sql: 'INSERT INTO t (n) VALUES (?)', params: [n] });
const numbers = async () =>
  (await backend.read({ sql: 'SELECT n FROM t ORDER BY id', params: [] })).map(([n]) => n);

describe('the SQLite backend', () => {
  it('answers the changed rows of every statement of one transaction', async () => {
    expect(
      await backend.transact([insert(1), insert(2), { sql: 'UPDATE t SET n = n + 1', params: [] }]),
    ).toEqual([1, 1, 2]);
    expect(await numbers()).toEqual([2, 3]);
  });

  it('keeps nothing of a transaction in which one statement fails, and calls that permanent', async () => {
    const failed = backend.transact([insert(1), insert(500)]);
    await expect(failed).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_CHECK', isTransient: false });
    expect(await numbers()).toEqual([]);
    await backend.transact([insert(3)]);
    expect(await numbers()).toEqual([3]);
  });

  it('does not write when another was first', async () => {
    const guard = { sql: 'SELECT COUNT(*) FROM t', params: [], equals: 1 };
    await expect(backend.transact([insert(1)], { guard })).rejects.toMatchObject({ code: 'GUARD_FAILED' });
    await backend.transact([insert(1)]);
    await backend.transact([insert(2)], { guard });
    expect(await numbers()).toEqual([1, 2]);
  });

  it('reads what was acknowledged before, on every reader', async () => {
    for (let n = 0; n < 20; n += 1) {
      await backend.transact([insert(n)]);
      const [a, b] = await Promise.all([numbers(), numbers()]);
      expect(a).toHaveLength(n + 1);
      expect(b).toHaveLength(n + 1);
    }
  });

  it('refuses to write on a reader', async () => {
    await expect(
      backend.read({ sql: 'INSERT INTO t (n) VALUES (1) RETURNING n', params: [] }),
    ).rejects.toMatchObject({
      code: 'SQLITE_READONLY',
    });
  });

  it('keeps the event loop free while a query runs', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const slow =
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT COUNT(*) FROM c';
    expect(await backend.read({ sql: slow, params: [] })).toEqual([[3_000_000]]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  it.runIf(process.platform === 'linux')(
    'lets queries run when the event loop and the writer do not want to',
    () => {
      const readers = schedulingOf(process.pid).filter(({ isIdle }) => isIdle);
      expect(readers.map(({ nice }) => nice)).toEqual([NICE, NICE]);
    },
  );

  it('sets its pragmas on every connection', async () => {
    expect(await backend.execute('PRAGMA journal_mode')).toEqual([['wal']]);
    expect(await backend.execute('PRAGMA synchronous')).toEqual([[1]]);
    expect(await backend.execute('PRAGMA foreign_keys')).toEqual([[1]]);
    expect(await backend.execute('PRAGMA busy_timeout')).toEqual([[2500]]);
    expect(await backend.execute('PRAGMA auto_vacuum')).toEqual([[2]]);
    expect(await backend.read({ sql: 'PRAGMA foreign_keys', params: [] })).toEqual([[1]]);
    expect(pragmasOf('writer').indexOf('busy_timeout = 2500')).toBeLessThan(
      pragmasOf('writer').indexOf('journal_mode = WAL'),
    );
  });

  it('measures the write-ahead log, and a checkpoint lets it be reused', async () => {
    await backend.transact(Array.from({ length: 50 }, (_, n) => insert(n)));
    const { walBytes, databaseBytes } = await backend.gauges();
    expect(walBytes).toBeGreaterThan(0);
    await backend.checkpoint();
    expect((await backend.gauges()).databaseBytes).toBeGreaterThanOrEqual(databaseBytes);
    const [state] = await backend.execute('PRAGMA wal_checkpoint(PASSIVE)');
    expect(state?.[1]).toBe(state?.[2]);
  });

  it('gives free pages back in slices', async () => {
    const rows = Array.from({ length: 200 }, () => `('${'x'.repeat(2000)}')`).join(',');
    await backend.transact([
      { sql: 'CREATE TABLE big (x TEXT)', params: [] },
      { sql: `INSERT INTO big VALUES ${rows}`, params: [] },
      { sql: 'DROP TABLE big', params: [] },
    ]);
    const before = await backend.gauges();
    expect(before.freeBytes).toBeGreaterThan(100_000);
    const left = await backend.vacuumSlice(10);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(before.freeBytes);
    await backend.vacuumFully();
    expect((await backend.gauges()).freeBytes).toBe(0);
  });

  it.each([false, true])('backs up a consistent copy while writing goes on (paced: %s)', async (isPaced) => {
    await backend.transact([insert(1)]);
    const copy = `${file}.copy`;
    await Promise.all([backend.backup(copy, { isPaced }), backend.transact([insert(2)])]);
    const other = await SqliteBackend.open({
      file: copy,
      readers: 1,
      workerFile: sqliteWorkerFile(),
      onCrash: () => undefined,
    });
    const [row] = await other.read({ sql: 'SELECT COUNT(*) FROM t', params: [] });
    expect([1, 2]).toContain(row?.[0]);
    expect(await other.execute('PRAGMA integrity_check')).toEqual([['ok']]);
    await other.close();
  });

  it('copies one snapshot of many pages, however many commits come in between, into one file', async () => {
    const rowsOfACommit = 500;
    const fill = {
      sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowsOfACommit})
        INSERT INTO big SELECT hex(randomblob(2000)) FROM n`,
      params: [],
    };
    await backend.transact([{ sql: 'CREATE TABLE big (text TEXT)', params: [] }, fill]);
    const copy = `${file}.copy`;
    let isDone = false;
    const copying = backend.backup(copy, { isPaced: true }).finally(() => (isDone = true));
    let commits = 1;
    while (!isDone) {
      await backend.transact([fill]);
      commits += 1;
    }
    await copying;
    expect(commits, 'writing did not wait for the copy').toBeGreaterThan(2);
    expect(await readdir(join(file, '..'))).not.toContain('test.sqlite.copy-wal');
    const found = new Database(copy, { readonly: true });
    const count = Number(found.prepare('SELECT COUNT(*) FROM big').pluck().get());
    expect([found.pragma('journal_mode', { simple: true }), count % rowsOfACommit]).toEqual(['delete', 0]);
    expect(count).toBeLessThan(commits * rowsOfACommit);
    found.close();
  });

  it('never copies over a file, nor into a folder that is not there', async () => {
    await backend.transact([insert(1)]);
    const onto = (target: string) => backend.backup(target, { isPaced: false });
    await expect(onto(file)).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    await expect(onto(join(file, '..', 'nowhere', 'copy'))).rejects.toMatchObject({
      code: 'SQLITE_CANTOPEN',
    });
    expect(await backend.read({ sql: 'SELECT COUNT(*) FROM t', params: [] })).toEqual([[1]]);
  });

  it('finishes a copy before it closes', async () => {
    await backend.transact([insert(1)]);
    const copying = backend.backup(`${file}.copy`, { isPaced: true });
    await backend.close();
    await copying;
    expect(await readdir(join(file, '..'))).toEqual(['test.sqlite', 'test.sqlite.copy']);
  });

  it('leaves no write-ahead log behind when it is closed', async () => {
    await backend.transact([insert(1)]);
    await backend.close();
    expect(await readdir(join(file, '..'))).toEqual(['test.sqlite']);
  });
});

describe('a writer thread that dies', () => {
  beforeEach(async () => {
    await backend.close();
    const workerFile = new URL('../support/crashing-worker.mjs', import.meta.url);
    backend = await SqliteBackend.open({
      file,
      readers: 1,
      workerFile,
      onCrash: (error) => crashes.push(error),
    });
  });
  const crash = { sql: 'UPDATE t SET n = crash()', params: [] };

  it('rejects what is under way as transient, starts again, and has every acknowledged commit and no half of one', async () => {
    await backend.transact([insert(1)]);
    const isAway = { code: 'WORKER_CRASHED', isTransient: true };
    await Promise.all([
      expect(backend.transact([insert(2), crash, insert(3)])).rejects.toMatchObject(isAway),
      expect(backend.transact([insert(4)])).rejects.toMatchObject(isAway),
    ]);
    await backend.transact([insert(5)]);
    expect(await numbers()).toEqual([1, 5]);
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatchObject({ code: 'WORKER_CRASHED', isTransient: true });
  });

  it('does not keep readers from answering', async () => {
    await backend.transact([insert(1)]);
    const failing = expect(backend.transact([crash])).rejects.toThrow();
    expect(await numbers()).toEqual([1]);
    await failing;
  });

  it('is started again as often as it dies', async () => {
    await backend.transact([insert(1)]);
    for (let i = 0; i < 3; i += 1) await expect(backend.transact([crash])).rejects.toThrow();
    await backend.transact([insert(2)]);
    expect(await numbers()).toEqual([1, 2]);
    expect(crashes).toHaveLength(3);
  });

  it('that cannot be closed twice is closed once', async () => {
    await backend.close();
    await backend.close();
    await expect(backend.transact([insert(1)])).rejects.toMatchObject({ isTransient: true });
  });
});

describe('errors of storage', () => {
  it.each([
    ['SQLITE_BUSY', true],
    ['SQLITE_BUSY_SNAPSHOT', true],
    ['SQLITE_FULL', true],
    ['SQLITE_IOERR_WRITE', true],
    ['SQLITE_READONLY', true],
    ['WORKER_CRASHED', true],
    ['SQLITE_CONSTRAINT_CHECK', false],
    ['SQLITE_ERROR', false],
    ['GUARD_FAILED', false],
  ])('%s is worth a retry: %s', (code, isTransient) => {
    expect(toStorageError({ code, message: 'x' }).isTransient).toBe(isTransient);
  });
});

describe('the version of SQLite', () => {
  it('is compared number by number', () => {
    expect(isOlder('3.51.2', '3.51.3')).toBe(true);
    expect(isOlder('3.51.3', '3.51.3')).toBe(false);
    expect(isOlder('3.9.0', '3.51.3')).toBe(true);
    expect(isOlder('4.0.0', '3.51.3')).toBe(false);
  });

  it('of this build is new enough', () => {
    const connection = new Connection({ file: ':memory:', role: 'writer' });
    expect(isOlder(connection.sqliteVersion, '3.51.3')).toBe(false);
    connection.handle({ op: 'close' }, []);
  });
});
