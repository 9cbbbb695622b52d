import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SqlValue } from '../../src/db/backend.js';
import { openSqliteStore } from '../../src/db/sqlite/open.js';
import { encodeBins, noBins } from '../../src/domain/playback/bins.js';
import { BLOCK_LEVELS, blocksWith } from '../../src/domain/playback/day-blocks.js';
import { encodeRanking } from '../../src/domain/playback/ranking.js';
import { encodeSeries } from '../../src/domain/playback/slice-series.js';
import { ViewerSet } from '../../src/domain/playback/viewer-set.js';
import { sliceOf } from '../../src/domain/time.js';
import { MIGRATIONS, optionsFor, temporaryFolder } from '../support/store.js';

const never = new AbortController().signal;
const DAY_MS = 86_400_000;
const OLD_MS = Date.parse('2026-01-10T20:00:00Z');
const NEW_MS = Date.parse('2026-03-05T20:00:00Z');

/** The migrations as they were before the one of that number. */
async function earlierMigrations(folder: string, number: string): Promise<string> {
  const earlier = join(folder, 'earlier');
  await cp(MIGRATIONS, earlier, { recursive: true });
  const journalFile = join(earlier, 'meta', '_journal.json');
  const journal = JSON.parse(await readFile(journalFile, 'utf8')) as { entries: { tag: string }[] };
  const entries = journal.entries.filter(({ tag }) => tag < number);
  await writeFile(journalFile, JSON.stringify({ ...journal, entries }));
  return earlier;
}

it('an audience that was rolled up by slices keeps its days, and what has playbacks gets its slices again', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'kinostat.sqlite');
  const before = await openSqliteStore(
    optionsFor(file, { migrationsFolder: await earlierMigrations(folder, '0013') }),
  );
  const write = (sql: string, ...params: SqlValue[]) => before.backend.transact([{ sql, params }]);
  await write(`INSERT INTO imm_videos (video_key, canonical_title, source_type, created_at_ms, updated_at_ms)
    VALUES ('v1', 'One', 2, 1, 1)`);
  await write("INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES ('a', 1, 1)");
  // Retention has taken the playbacks of January; one of March is there.
  await write(
    `INSERT INTO ply_sessions (session_token, status, video_id, viewer_id, started_at_ms, last_heartbeat_ms, ended_at_ms,
      watched_ms) VALUES ('t', 2, 1, 1, ?, ?, ?, 60000)`,
    ...[NEW_MS, NEW_MS + 60_000, NEW_MS + 60_000],
  );
  await write(
    "INSERT INTO sys_settings (key, value) VALUES ('ply.frozen_slice', ?)",
    String(sliceOf(NEW_MS) - 960),
  );
  const viewers = new ViewerSet();
  for (let id = 1; id <= 40; id += 1) viewers.add(id);
  const oldDay = Math.floor(OLD_MS / DAY_MS);
  const periods = [...[0, sliceOf(OLD_MS)], ...[1, oldDay], ...[2, 56 * 12], ...[0, sliceOf(NEW_MS)]];
  for (let at = 0; at < periods.length; at += 2) {
    for (const videoId of [-1, 0, 1]) {
      await write(
        `INSERT INTO ply_audience_rollups (video_id, level, period, views_count, watched_ms, viewers_count, peak_count,
          peak_at_ms, viewers, bins, qualities_json) VALUES (?, ?, ?, 50, 5000, 40, 7, ?, ?, ?, '[]')`,
        ...[videoId, periods[at] ?? 0, periods[at + 1] ?? 0, OLD_MS, viewers.encode(), encodeBins(noBins())],
      );
    }
  }
  await before.store.close();

  const { store, backend } = await openSqliteStore(optionsFor(file));
  try {
    const { audience } = store;
    const all = { videoId: null, includesDeleted: false };
    // January by day and by month, its odd hours where their noon is; March made of its playback.
    const ofDay = { from: oldDay * 96, to: oldDay * 96 + 96 };
    const january = { from: sliceOf(Date.parse('2026-01-01')), to: sliceOf(Date.parse('2026-02-01')) };
    const evening = { from: sliceOf(OLD_MS), to: sliceOf(OLD_MS) + 4 };
    const now = { from: sliceOf(NEW_MS), to: sliceOf(NEW_MS) + 1 };
    const runs = [ofDay, january, evening, now, { from: 0, to: sliceOf(NEW_MS) + 500 }];
    const totals = await audience.summarizeAudience(runs, all);
    expect(totals.map(({ viewsCount }) => viewsCount)).toEqual([50, 50, 0, 1, 51]);
    expect(totals[0]).toMatchObject({ peakCount: 7, peakAtMs: OLD_MS, watchedMs: 5000 });
    const figures = await audience.summarizeFigures(runs, all);
    expect(figures.map(({ viewersCount }) => viewersCount)).toEqual([40, 40, 0, 1, 40]);
    const top = await audience.listTopAudiences(january, 'VIEWS', 5, false);
    expect(top).toMatchObject([{ viewsCount: 50, viewersCount: 40 }]);
    const slices = { sql: 'SELECT DISTINCT day FROM ply_audience_slices', params: [] };
    expect(await backend.read(slices)).toEqual([[Math.floor(NEW_MS / DAY_MS)]]);
    await store.maintenance.rebuildRollUps(never, () => undefined);
    expect((await audience.summarizeAudience(runs, all)).map(({ viewsCount }) => viewsCount)).toEqual([
      50, 50, 0, 1, 51,
    ]);
  } finally {
    await store.close();
  }
});

it.each([
  ['windows were counted', '0014'],
  ['windows had sums and blocks of days were united', '0015'],
  ['blocks were as wide as 256 days', '0016'],
])('days that were rolled up before %s get them by the next roll-up', async (_what, migration) => {
  const folder = await temporaryFolder();
  const file = join(folder, 'kinostat.sqlite');
  const before = await openSqliteStore(
    optionsFor(file, { migrationsFolder: await earlierMigrations(folder, migration) }),
  );
  const setOf = (...ids: number[]): Uint8Array => {
    const set = new ViewerSet();
    for (const id of ids) set.add(id);
    return set.encode();
  };
  const slice = {
    videoId: 0,
    viewsCount: 2,
    completedCount: 0,
    timedCount: 0,
    watchedMs: 1,
    peakCount: 0,
    peakAtMs: 0,
  };
  const cell = (...ids: number[]) => ({
    ...slice,
    viewers: setOf(...ids),
    bins: new Uint8Array(),
    qualities: [],
  });
  const day = Math.floor(NEW_MS / DAY_MS);
  const days = [
    [
      day,
      new Map([
        [10, cell(1, 2)],
        [60, cell(2, 3)],
      ]),
    ],
    [
      day + 1,
      new Map([
        [5, cell(3, 4)],
        [70, cell(5)],
      ]),
    ],
  ] as const;
  for (const [number, cells] of days) {
    const { figures, details, viewers } = encodeSeries(number, cells);
    await before.backend.transact([
      {
        sql: 'INSERT INTO ply_audience_slices (day, video_id, figures, details, viewers) VALUES (?, 0, ?, ?, ?)',
        params: [number, figures, details, viewers],
      },
      {
        sql: 'INSERT INTO ply_audience_viewers (level, period, video_id, viewers) VALUES (1, ?, 0, ?)',
        params: [number, number === day ? setOf(1, 2, 3) : setOf(3, 4, 5)],
      },
      {
        sql: 'INSERT INTO ply_audience_rankings (level, period, figures) VALUES (1, ?, ?)',
        params: [number, encodeRanking([{ videoId: 1, viewsCount: 2, completedCount: 0, watchedMs: 2 }])],
      },
    ]);
  }
  if (migration === '0016') {
    // As they were, numbered by their length, and those of months that nothing reads any more.
    const old = [
      [2, 56 * 12 + 2],
      [4, Math.floor(day / 4)],
      [5, Math.floor(day / 16)],
    ];
    for (const [level = 0, period = 0] of old) {
      await before.backend.transact([
        {
          sql: 'INSERT INTO ply_audience_viewers (level, period, video_id, viewers) VALUES (?, ?, 0, ?)',
          params: [level, period, setOf(77)],
        },
        {
          sql: 'INSERT INTO ply_audience_rankings (level, period, figures) VALUES (?, ?, ?)',
          params: [level, period, new Uint8Array()],
        },
        { sql: 'INSERT INTO ply_dirty_periods (level, period) VALUES (?, ?)', params: [level, period] },
      ]);
    }
  }
  if (migration === '0015') {
    // As they were, without sums.
    const sql = 'INSERT INTO ply_audience_windows (video_id, day, counts) VALUES (0, ?, ?)';
    const counts = new Uint8Array(96 * 4).fill(1);
    await before.backend.transact([day - 1, day, day + 1].map((own) => ({ sql, params: [own, counts] })));
  }
  for (const known of [day, day + 1, day + 300]) {
    await before.backend.transact([
      {
        sql: `INSERT INTO ply_audience_rollups (video_id, level, period, bins, qualities_json) VALUES (0, 1, ?, ?, '[]')`,
        params: [known, encodeBins(noBins())],
      },
    ]);
  }
  await before.store.close();

  const { store, backend } = await openSqliteStore(optionsFor(file));
  try {
    const from = day * 96 + 20;
    const ask = async () => {
      const runs = [
        { from, to: from + 96 },
        { from: (day - 20) * 96, to: (day + 20) * 96 },
      ];
      const figures = await store.audience.summarizeFigures(runs, { videoId: null, includesDeleted: false });
      return figures.map(({ viewsCount, viewersCount }) => [viewsCount, viewersCount]);
    };
    const hasWindows = migration !== '0016';
    const windows = { sql: 'SELECT day FROM ply_audience_windows ORDER BY day', params: [] };
    const blocks = {
      sql: 'SELECT level, period FROM ply_audience_viewers WHERE level > 1 ORDER BY level, period',
      params: [],
    };
    expect(await ask()).toEqual([
      [4, 3],
      [0, 5],
    ]);
    expect(await backend.read(windows)).toEqual([]);
    expect(await backend.read(blocks)).toEqual([]);
    await store.maintenance.rollUp(never);
    // Those of the day before end in the first one.
    expect(await backend.read(windows)).toEqual(hasWindows ? [[day - 1], [day], [day + 1]] : []);
    const expected = BLOCK_LEVELS.flatMap((own) =>
      [...new Set([day, day + 1].flatMap((known) => blocksWith(known, own)))].map((first) => [
        own.level,
        first,
      ]),
    );
    expect(await backend.read(blocks)).toEqual(
      expected.toSorted(([a = 0, x = 0], [b = 0, y = 0]) => a - b || x - y),
    );
    expect(await ask()).toEqual([
      [4, 3],
      [0, 5],
    ]);
  } finally {
    await store.close();
  }
});
