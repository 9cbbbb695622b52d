import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/db/migration-files.js';
import { openSqliteStore, sqliteMigrationStatus } from '../../src/db/sqlite/open.js';
import { StartupError } from '../../src/domain/errors.js';
import { event, sample, start, T0 } from '../support/commands.js';
import { MIGRATIONS, openSqliteTestStore, optionsFor, temporaryFolder } from '../support/store.js';

const ALL = (await readMigrations(MIGRATIONS)).map(({ tag }) => tag);
let folder = '';
let file = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'data', 'kinostat.sqlite');
});
const open: { store: { close(): Promise<void> } }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.store.close();
});
const openAt = async (migrationsFolder = MIGRATIONS) => {
  const opened = await openSqliteStore(optionsFor(file, { migrationsFolder }));
  open.push(opened);
  return opened;
};

/** Our migrations and one more, as a later version would ship. */
async function laterMigrations(sql: string): Promise<string> {
  const later = join(folder, 'later');
  await cp(MIGRATIONS, later, { recursive: true });
  const journalFile = join(later, 'meta', '_journal.json');
  const journal = JSON.parse(await readFile(journalFile, 'utf8')) as { entries: { when: number }[] };
  const when = Math.max(...journal.entries.map((entry) => entry.when)) + 1;
  const entries = [...journal.entries, { idx: 99, version: '6', when, tag: '0099_later', breakpoints: true }];
  await writeFile(journalFile, JSON.stringify({ ...journal, entries }));
  await writeFile(join(later, '0099_later.sql'), sql);
  return later;
}

const backups = async (): Promise<string[]> =>
  (await readdir(join(folder, 'data'))).filter((name) => name.endsWith('.backup'));

describe('migrations', () => {
  it('make the folder and every table of a new database, without a backup of nothing', async () => {
    const { migration, backend } = await openAt();
    expect(migration).toEqual({ applied: ALL, backupFile: null, isAdopted: false });
    expect(await backups()).toEqual([]);
    const version = await backend.read({ sql: 'SELECT schema_version FROM imm_schema_version', params: [] });
    expect(version).toEqual([[1]]);
  });

  it('do nothing the second time', async () => {
    await (await openAt()).store.close();
    open.length = 0;
    expect((await openAt()).migration).toEqual({ applied: [], backupFile: null, isAdopted: false });
  });

  it('tell what is pending without changing anything', async () => {
    const status = await sqliteMigrationStatus(optionsFor(file));
    expect(status).toEqual({ applied: [], pending: ALL, state: 'empty' });
    expect((await sqliteMigrationStatus(optionsFor(file))).state).toBe('empty');
  });

  it('back a populated database up, upgrade it, and keep every row below a rebuilt parent', async () => {
    const first = await openAt();
    await first.store.apply([[start(1), sample(1, T0 + 1, { wordsSeen: 5 }), event(1, T0 + 2)]], T0);
    await first.store.close();
    open.length = 0;
    // What drizzle-kit writes for a changed parent: with foreign keys on, dropping it would delete its children.
    const later =
      await laterMigrations(`CREATE TABLE __new_sessions AS SELECT * FROM imm_sessions;--> statement-breakpoint
      DROP TABLE imm_sessions;--> statement-breakpoint
      CREATE TABLE imm_sessions (session_id integer PRIMARY KEY AUTOINCREMENT NOT NULL, session_uuid text NOT NULL,
        video_id integer NOT NULL REFERENCES imm_videos(video_id), started_at_ms integer NOT NULL, ended_at_ms integer,
        status integer NOT NULL, locale_id integer, target_lang_id integer, difficulty_tier integer,
        subtitle_mode integer, created_at_ms integer NOT NULL, updated_at_ms integer NOT NULL);--> statement-breakpoint
      INSERT INTO imm_sessions SELECT * FROM __new_sessions;--> statement-breakpoint
      DROP TABLE __new_sessions`);
    const { migration, backend } = await openAt(later);
    expect(migration.applied).toEqual(['0099_later']);
    expect(await backups()).toHaveLength(1);
    const count = async (table: string) =>
      (await backend.read({ sql: `SELECT COUNT(*) FROM ${table}`, params: [] }))[0]?.[0];
    expect(await count('imm_session_telemetry')).toBe(1);
    expect(await count('imm_session_events')).toBe(1);
    expect(await backend.execute('PRAGMA foreign_keys')).toEqual([[1]]);
    const copy = new Database(join(folder, 'data', (await backups())[0]!), { readonly: true });
    expect(copy.prepare('SELECT words_seen FROM imm_session_telemetry').pluck().get()).toBe(5);
    copy.close();
  });

  it('leave the database as it was when one statement fails', async () => {
    await (await openAt()).store.close();
    open.length = 0;
    const later = await laterMigrations(
      'CREATE TABLE half_done (id integer);--> statement-breakpoint\nINSERT INTO no_such_table VALUES (1)',
    );
    await expect(openAt(later)).rejects.toThrow(StartupError);
    const { backend } = await openAt();
    const found = await backend.read({
      sql: "SELECT 1 FROM sqlite_master WHERE name = 'half_done'",
      params: [],
    });
    expect(found).toEqual([]);
  });

  it('roll back what would leave a dangling reference', async () => {
    const first = await openAt();
    await first.store.apply([[start(1)]], T0);
    await first.store.close();
    open.length = 0;
    await expect(openAt(await laterMigrations('DELETE FROM imm_videos'))).rejects.toThrow(StartupError);
    const { backend } = await openAt();
    expect(await backend.read({ sql: 'SELECT COUNT(*) FROM imm_videos', params: [] })).toEqual([[1]]);
  });

  it('refuse a database that a newer version wrote', async () => {
    await (await openAt(await laterMigrations('CREATE TABLE newer (id integer)'))).store.close();
    open.length = 0;
    await expect(openAt()).rejects.toThrow(/newer Kinostat/);
  });

  it('refuse a database of another program and leave it alone', async () => {
    await mkdir(join(folder, 'data'));
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE recipes (id INTEGER); INSERT INTO recipes VALUES (1)');
    foreign.close();
    await expect(openAt()).rejects.toThrow(/another program/);
    const again = new Database(file);
    expect(again.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['recipes']);
    again.close();
  });

  it('run once when several processes start on one new file', async () => {
    const all = await Promise.all([openAt(), openAt(), openAt()]);
    expect(all.filter(({ migration }) => migration.applied.length > 0)).toHaveLength(1);
    const history = await all[0].backend.read({
      sql: 'SELECT COUNT(*) FROM __drizzle_migrations',
      params: [],
    });
    expect(history).toEqual([[ALL.length]]);
  });

  it('drop or rebuild nothing that is not on the list with its reason', async () => {
    const allowed: Record<string, string> = {
      '0013_audience-slices.sql': 'sets of viewers move to a table of their own, rows first',
    };
    for (const dialect of ['sqlite', 'postgres']) {
      const dir = join(MIGRATIONS, '..', dialect);
      for (const name of (await readdir(dir)).filter((entry) => entry.endsWith('.sql'))) {
        const text = await readFile(join(dir, name), 'utf8');
        const isDestructive = /__new_|DROP TABLE|DROP COLUMN/i.test(text);
        expect({ name, isDestructive }).toEqual({ name, isDestructive: name in allowed });
      }
    }
  });

  it('would not change if they were generated again', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      'scripts/db-generate.mjs',
      '--check',
      '--no-build',
    ]);
    expect(stdout).toContain('sqlite: clean');
    expect(stdout).toContain('postgres: clean');
  }, 120_000);
});

describe('a file that cannot be used', () => {
  it('is named in one sentence', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await writeFile(file, 'this is not a database, it is a text of some length, and longer than a header');
    await expect(openAt()).rejects.toThrow(/is not a SQLite database/);
    await writeFile(join(folder, 'a-file'), '');
    await expect(openSqliteStore(optionsFor(join(folder, 'a-file', 'x.sqlite')))).rejects.toThrow(
      /not a folder/,
    );
    await mkdir(join(data, 'folder.sqlite'));
    await expect(openSqliteStore(optionsFor(join(data, 'folder.sqlite')))).rejects.toThrow(
      /cannot be opened/,
    );
  });
});

describe('the zone of the roll-ups', () => {
  it('is that of the first start', async () => {
    await using first = await openSqliteTestStore({ timezone: 'Asia/Tokyo' });
    expect(await first.store.maintenance.rollUpZone()).toBe('Asia/Tokyo');
  });
});
