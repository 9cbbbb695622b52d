import Database from 'better-sqlite3';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { readMigrations } from '../../src/db/migration-files.js';
import { SqliteBackend } from '../../src/db/sqlite/backend.js';
import { sqliteMigrationDialect } from '../../src/db/sqlite/migration-dialect.js';
import { openSqliteStore } from '../../src/db/sqlite/open.js';
import { MIGRATIONS, optionsFor, temporaryFolder } from '../support/store.js';
import { crashAfterCommit, crashAt, CRASHING_WORKER, failWith, FaultLine, type Fault } from './faults.js';

const ALL = (await readMigrations(MIGRATIONS)).map(({ tag }) => tag);
const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z');

let folder: string;
let file: string;
let backend: SqliteBackend;
let line: FaultLine;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'x.sqlite');
});
afterEach(() => backend.close());

async function open(): Promise<void> {
  backend = await SqliteBackend.open({ ...optionsFor(file), workerFile: CRASHING_WORKER });
  line = new FaultLine(backend);
}
const run = async () =>
  migrate(backend, sqliteMigrationDialect(backend), await readMigrations(MIGRATIONS), {
    nowMs: NOW_MS,
    backup: () => Promise.resolve('nowhere'),
  });

/** Schema and rows, in order: what must not change by a migration that did not happen. */
function dump(path: string): unknown {
  const database = new Database(path, { readonly: true });
  const schema = database
    .prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name')
    .raw()
    .all() as [string, string, string | null][];
  const rows = schema
    .filter(
      ([type, name]) => type === 'table' && !name.startsWith('sqlite_') && name !== '__drizzle_migrations',
    )
    .map(([, name]) => [name, database.prepare(`SELECT * FROM ${name}`).raw().all()]);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  database.close();
  return { schema: schema.filter(([, name]) => !name.includes('__drizzle_migrations')), rows };
}

/** The statements of the one big transaction of a migration. */
const placesOf = (): number => Math.max(...line.seen.map((statements) => statements.length));
const isMigration = (statements: readonly unknown[]): boolean => statements.length > 5;

/** Interrupts the migration of the file at every statement; each time it is as before, and the next start succeeds. */
async function interruptEverywhere(
  faultAt: (place: number) => Fault,
  checkEvery: number,
  step = 1,
): Promise<void> {
  const pristine = join(folder, 'pristine.sqlite');
  await open();
  await backend.backup(pristine, { isPaced: false });
  const before = dump(pristine);
  const twin = join(folder, 'twin.sqlite');
  await copyFile(pristine, twin);
  const done = await openSqliteStore(optionsFor(twin, { nowMs: NOW_MS }));
  await done.store.close();
  const after = dump(twin);
  line.pick = (statements) => (isMigration(statements) ? failWith('SQLITE_ERROR', false) : null);
  await expect(run()).rejects.toThrow();
  const count = placesOf();
  expect(count).toBeGreaterThan(40);
  for (let place = 0; place <= count; place += step) {
    line.pick = (statements) => (isMigration(statements) ? faultAt(place) : null);
    await expect(run(), `statement ${place}`).rejects.toThrow();
    expect(dump(file), `statement ${place}`).toEqual(before);
    // The connection is one that checks references again, also when its thread is new.
    expect(await backend.execute('PRAGMA foreign_keys')).toEqual([[1]]);
    if (place % checkEvery !== 0) continue;
    const copy = join(folder, `after-${place}.sqlite`);
    await backend.backup(copy, { isPaced: false });
    const next = await openSqliteStore(optionsFor(copy, { nowMs: NOW_MS }));
    expect(next.migration.applied).toEqual(ALL);
    await next.store.close();
    expect(dump(copy), `start after ${place}`).toEqual(after);
  }
  line.pick = () => null;
  expect((await run()).applied).toEqual(ALL);
}

const failAt =
  (place: number): Fault =>
  (real, statements, options) =>
    real(
      [
        ...statements.slice(0, place),
        { sql: 'INSERT INTO no_such_table VALUES (1)', params: [] },
        ...statements.slice(place),
      ],
      options,
    );
/** A crash that needs no table: none may be there yet. */
const dieAt =
  (place: number): Fault =>
  (real, statements, options) =>
    real(
      [
        ...statements.slice(0, place),
        { sql: 'CREATE TABLE dying AS SELECT crash() AS x', params: [] },
        ...statements.slice(place),
      ],
      options,
    );

describe('the migration of a new file', () => {
  it.each([
    ['a statement fails', failAt],
    ['the thread dies', dieAt],
  ])(
    'is all or nothing when %s, whichever it is',
    async (_name, faultAt) => {
      await interruptEverywhere(faultAt, 8);
    },
    120_000,
  );

  it('is there when the thread dies after its commit, and the next start finds nothing to do', async () => {
    await open();
    line.pick = (statements) => (isMigration(statements) ? crashAfterCommit(backend) : null);
    await expect(run()).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    line.pick = () => null;
    expect(await run()).toEqual({ applied: [], backupFile: null, isAdopted: false });
  });

  it('begins again when the thread dies while the table of the history is made', async () => {
    await open();
    line.faults.push(crashAfterCommit(backend));
    await expect(run()).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    expect((await run()).applied).toEqual(ALL);
  });

  it('waits for another process that holds the file', async () => {
    await open();
    line.faults.push(failWith('SQLITE_BUSY', true), null, failWith('SQLITE_BUSY', true));
    expect((await run()).applied).toEqual(ALL);
  });
});

describe('the adoption of a seed database', () => {
  beforeEach(async () => {
    const seed = new Database(file);
    seed.exec(await readFile(new URL('../fixtures/seed-v1.sql', import.meta.url), 'utf8'));
    seed.close();
  });

  it.each([
    ['a statement fails', failAt, 1],
    // Each death costs the start of a thread.
    ['the thread dies', dieAt, 3],
  ])(
    'leaves the old database as it was when %s, whichever it is',
    async (_name, faultAt, step) => {
      await interruptEverywhere(faultAt, 24, step);
    },
    120_000,
  );
});

describe('a crash in the middle of a transaction', () => {
  it('is what the tests think it is', async () => {
    await open();
    await run();
    line.faults.push(crashAt(1));
    await expect(
      backend.transact([{ sql: "INSERT INTO sys_settings VALUES ('a', 'b')", params: [] }]),
    ).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    expect(await backend.read({ sql: 'SELECT COUNT(*) FROM sys_settings', params: [] })).toEqual([[0]]);
  });
});
