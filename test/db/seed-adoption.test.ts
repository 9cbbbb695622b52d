import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, sqliteMigrationStatus } from '../../src/db/sqlite/open.js';
import { MIGRATIONS, optionsFor, temporaryFolder } from '../support/store.js';

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

const backups = async (): Promise<string[]> =>
  (await readdir(join(folder, 'data'))).filter((name) => name.endsWith('.backup'));

describe('a database of the seed schema, version 1', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'data'));
    const seed = new Database(file);
    seed.exec(await readFile(new URL('../fixtures/seed-v1.sql', import.meta.url), 'utf8'));
    seed.close();
  });

  it('is backed up and adopted with every row and id', async () => {
    expect((await sqliteMigrationStatus(optionsFor(file))).state).toBe('seed');
    const { migration, backend, store } = await openAt();
    expect(migration.isAdopted).toBe(true);
    expect(await backups()).toHaveLength(1);
    const rows = (sql: string) => backend.read({ sql, params: [] });
    expect(await rows('SELECT video_id, canonical_title, codec_id, audio_codec_id FROM imm_videos')).toEqual([
      [3, 'A', 77, 78],
      [4, 'B', null, null],
    ]);
    expect(await rows('SELECT session_id, video_id, status, target_lang_id FROM imm_sessions')).toEqual([
      [10, 3, 2, 2],
      [11, 4, 1, null],
      [12, 3, 2, null],
    ]);
    // The two samples of one instant became one, by maximum.
    expect(
      await rows(
        'SELECT sample_ms, active_watched_ms, lines_seen, words_seen FROM imm_session_telemetry WHERE session_id = 10',
      ),
    ).toEqual([
      [1763712000000, 0, 0, 0],
      [1763712600000, 510000, 40, 301],
      [1763713800000, 1500000, 120, 900],
    ]);
    expect(await rows('SELECT event_id, client_seq, words_delta FROM imm_session_events')).toEqual([
      [100, 100, 7],
      [101, 101, 5],
    ]);
    expect(await rows("SELECT name FROM sqlite_master WHERE name LIKE 'seed%'")).toEqual([]);
    const [totals] = await store.immersion.listSessionTotals([10]);
    expect(totals?.counters.wordsSeen).toBe(900);
    expect(totals?.samplesCount).toBe(3);
    expect((await store.immersion.getVideo('local:/videos/a.mkv'))?.codec).toBe('unknown-77');
    expect((await store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(930);
  });

  it('keeps stored roll-ups only where no telemetry survives, and says so', async () => {
    const { store } = await openAt();
    const daily = await store.immersion.listDailyRollups(20300, 20500, 3);
    expect(daily.map(({ key, activeMin, isImported }) => ({ key, activeMin, isImported }))).toEqual([
      { key: 20370, activeMin: 16.5, isImported: true },
      { key: 20413, activeMin: 25, isImported: false },
    ]);
    const all = await store.immersion.listDailyRollups(20370, 20370, null);
    expect(all[0]).toMatchObject({ activeMin: 16.5, wordsSeen: 400 });
    const monthly = await store.immersion.listMonthlyRollups(202510, 202510, 3);
    expect(monthly[0]).toMatchObject({ wordsSeen: 400, isImported: true });
  });

  it('serves statements written against the seed', async () => {
    const { backend } = await openAt();
    const insert = `INSERT INTO imm_session_telemetry (session_id, sample_ms, total_watched_ms) VALUES (11, 1763715700000, 1)`;
    expect(await backend.transact([{ sql: insert, params: [] }])).toEqual([1]);
    const [row] = await backend.read({
      sql: `SELECT s.session_uuid, v.canonical_title, MAX(t.words_seen) FROM imm_sessions s
        JOIN imm_videos v ON v.video_id = s.video_id JOIN imm_session_telemetry t ON t.session_id = s.session_id
        WHERE s.session_id = 10 GROUP BY s.session_id`,
      params: [],
    });
    expect(row).toEqual(['00000000-0000-4000-8000-000000000010', 'A', 900]);
  });

  it('of a later version is refused, not guessed at', async () => {
    const seed = new Database(file);
    seed.exec('INSERT INTO imm_schema_version VALUES (2, 1)');
    seed.close();
    await expect(openAt()).rejects.toThrow(/another program/);
  });
});
