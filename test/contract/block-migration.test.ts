import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BLOCK_LEVELS, blocksWith } from '../../src/domain/playback/day-blocks.js';
import { DAY_MS } from '../../src/domain/time.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import { startPlayback } from '../support/playback-commands.js';
import { isPostgres, openTestStore } from '../support/store.js';

const never = new AbortController().signal;
const ALL = { videoId: null, includesDeleted: true };
const FIRST_MS = Date.parse('2025-01-30T00:00:00Z');

it('the migration to wide blocks marks each block of each day that is known, once', async () => {
  await using s = await openTestStore();
  const video = { kind: 'upsertVideo' as const, video: videoFields('v1'), receivedAtMs: T0 };
  // With days between them that nobody watched anything on.
  const days = [0, 1, 2, 17, 90, 91, 300, 420];
  const playbacks = days.map((day, n) =>
    startPlayback(n, FIRST_MS + day * DAY_MS + 1_000, { viewerUuid: uuid(n % 3) }),
  );
  await s.store.apply([[video], playbacks], T0);
  await s.store.maintenance.rollUp(never);
  const ask = () => s.store.audience.summarizeFigures([{ from: 0, to: 1e9 }], ALL);
  const before = await ask();
  expect(before[0]).toMatchObject({ viewsCount: days.length, viewersCount: 3 });

  // As they were, numbered by their length: no more than marks that are taken away.
  const old = [
    { sql: 'DELETE FROM ply_dirty_periods WHERE level > 3', params: [] },
    { sql: 'INSERT INTO ply_dirty_periods (level, period) VALUES (4, 5022), (5, 1255)', params: [] },
  ];
  const folder = new URL(`../../drizzle/${isPostgres ? 'postgres' : 'sqlite'}/`, import.meta.url);
  const migration = await readFile(new URL('0016_wide-blocks.sql', folder), 'utf8');
  const statements = migration.split('--> statement-breakpoint').map((sql) => ({ sql, params: [] }));
  await s.backend.transact([...old, ...statements]);

  const read = async (sql: string) => (await s.rows(sql)).map((row) => row.map(Number));
  const known = days.map((day) => FIRST_MS / DAY_MS + day);
  const expected = BLOCK_LEVELS.flatMap((own) =>
    [...new Set(known.flatMap((day) => blocksWith(day, own)))].map((first) => [own.level, first]),
  );
  expect(
    await read('SELECT level, period FROM ply_dirty_periods WHERE level > 3 ORDER BY level, period'),
  ).toEqual(expected.toSorted(([a = 0, x = 0], [b = 0, y = 0]) => a - b || x - y));
  for (const table of ['ply_audience_viewers', 'ply_audience_rankings'])
    expect(await read(`SELECT level, period FROM ${table} WHERE level IN (2, 4, 5)`)).toEqual([]);

  expect(await ask()).toEqual(before);
  await s.store.maintenance.rollUp(never);
  expect(await ask()).toEqual(before);
  expect((await read('SELECT DISTINCT level FROM ply_audience_viewers ORDER BY 1')).flat()).toEqual([
    1, 4, 5, 6, 7,
  ]);
});
