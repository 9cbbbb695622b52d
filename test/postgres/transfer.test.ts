import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyTables } from '../../src/db/transfer/copy.js';
import { compareStatistics, compareTables } from '../../src/db/transfer/verify.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { end, event, sample, start, T0, uuid } from '../support/commands.js';
import { emptyDatabase, openPostgres } from '../support/postgres-store.js';
import { openSqliteTestStore } from '../support/store.js';
import { Installation } from '../cli/kinostat-process.js';

const never = new AbortController().signal;
const nobody = (): void => undefined;
const DAY = 24 * 60 * 60 * 1000;

let folder: string;
let url: string;
let drop: () => Promise<void>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinostat-transfer-'));
  ({ url, drop } = await emptyDatabase());
});
afterEach(async () => {
  await drop();
  await rm(folder, { recursive: true, force: true });
});

/** One of everything, over months, with slices that left retention. */
async function filled(file: string) {
  const s = await openSqliteTestStore({}, file);
  for (let n = 1; n <= 30; n += 1) {
    const atMs = T0 - n * 9 * DAY;
    await s.store.apply(
      [
        [
          start(n, `v${n % 4}`, atMs, { targetLanguage: n % 2 === 0 ? 'ja' : 'pt-BR' }),
          ...[0, 1, 2].map((i) =>
            sample(n, atMs + i * 1_000_000, { wordsSeen: i * 7, activeWatchedMs: i * 333_333 }),
          ),
          event(n, atMs + 1, { payloadJson: '{"text":"\\"q\\" \\\\ ünï"}' }),
          end(n, atMs + 2_500_000),
        ],
        [sample(900 + n, atMs)],
      ],
      T0,
    );
  }
  await s.store.system.createToken({ name: 'a', tokenHash: 'h', scopes: 1, createdAtMs: T0 });
  await s.backend.transact([
    {
      sql: "INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES ('a', 1, 1)",
      params: [],
    },
    {
      sql: `INSERT INTO ply_sessions (session_token, video_id, viewer_id, started_at_ms, last_heartbeat_ms)
        SELECT 't', video_id, viewer_id, 1, 2 FROM imm_videos CROSS JOIN ply_viewers LIMIT 1`,
      params: [],
    },
  ]);
  await s.store.maintenance.rollUp(never);
  await s.store.maintenance.prune(
    { ...RETENTION_PRESETS['keep-all'], slices: 120, telemetry: 200 },
    T0,
    { isDryRun: false },
    never,
  );
  return s;
}

const expectSame = async (
  a: Awaited<ReturnType<typeof filled>>,
  b: Awaited<ReturnType<typeof openPostgres>>,
) => {
  const tables = await compareTables(a.backend, b.backend, nobody);
  expect(tables.filter(({ isEqual }) => !isEqual)).toEqual([]);
  expect(tables.reduce((sum, { targetRows }) => sum + targetRows, 0)).toBeGreaterThan(150);
  expect(await compareStatistics(a.store, b.store)).toEqual([]);
};

describe('a transfer', () => {
  it('brings every row and every statistic, and what comes later goes on from there', async () => {
    await using source = await filled(join(folder, 'a.sqlite'));
    const target = await openPostgres(url);
    expect(await copyTables(source.backend, target.backend, 'a', never, nobody)).toBe(true);
    await expectSame(source, target);
    for (const { store } of [source, target]) {
      await store.apply(
        [[start(500, 'new', T0), sample(1, T0, { wordsSeen: 99 }), sample(500, T0, { wordsSeen: 3 })]],
        T0,
      );
      expect((await store.immersion.getSession(uuid(500)))?.sessionUuid).toBe(uuid(500));
    }
    expect(await compareStatistics(source.store, target.store)).toEqual([]);
    await target.store.close();
  });

  it('that is interrupted goes on where it was, and may be repeated', async () => {
    await using source = await filled(join(folder, 'a.sqlite'));
    const target = await openPostgres(url);
    const abort = new AbortController();
    const stopAt = (table: string) => {
      if (table === 'imm_session_events') abort.abort();
    };
    expect(await copyTables(source.backend, target.backend, 'a', abort.signal, stopAt)).toBe(false);
    const copied: string[] = [];
    await copyTables(source.backend, target.backend, 'a', never, (table) => copied.push(table));
    expect(copied).not.toContain('imm_videos');
    await expectSame(source, target);
    // Not rolled up: the mark goes with it.
    await source.store.apply([[sample(1, T0, { wordsSeen: 50 })]], T0);
    await copyTables(source.backend, target.backend, 'a', never, nobody);
    const tables = await compareTables(source.backend, target.backend, nobody);
    expect(tables.find(({ table }) => table === 'imm_dirty_slices')).toMatchObject({
      targetRows: 1,
      isEqual: true,
    });
    await expectSame(source, target);
    await expect(copyTables(source.backend, target.backend, 'b', never, nobody)).rejects.toThrow(
      /holds a transfer from a/,
    );
    await target.store.close();
  });

  it('goes back to SQLite as well', async () => {
    await using source = await filled(join(folder, 'a.sqlite'));
    const middle = await openPostgres(url);
    await copyTables(source.backend, middle.backend, 'a', never, nobody);
    await using back = await openSqliteTestStore({}, join(folder, 'b.sqlite'));
    await copyTables(middle.backend, back.backend, 'b', never, nobody);
    expect((await compareTables(source.backend, back.backend, nobody)).every(({ isEqual }) => isEqual)).toBe(
      true,
    );
    await middle.store.close();
  });

  it('never mixes with data of another source, and says when something differs', async () => {
    await using source = await filled(join(folder, 'a.sqlite'));
    const target = await openPostgres(url);
    await target.store.apply([[start(1)]], T0);
    await expect(copyTables(source.backend, target.backend, 'a', never, nobody)).rejects.toThrow(
      /data of its own/,
    );
    const tables = await compareTables(source.backend, target.backend, nobody);
    expect(tables.find(({ table }) => table === 'imm_sessions')).toMatchObject({
      sourceRows: 30,
      targetRows: 1,
      isEqual: false,
    });
    expect(await compareStatistics(source.store, target.store)).toContain('lifetime');
    await target.store.close();
  });
});

describe('kinostat transfer', () => {
  it('tells each table and the statistics; wrong places are refused', async () => {
    await using kinostat = await Installation.create();
    await (await filled(kinostat.file))[Symbol.asyncDispose]();
    const args = ['transfer', '--from', `sqlite:${kinostat.file}`, '--to', url];
    const { code, stdout, stderr } = await kinostat.run(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/same imm_sessions: 30 rows, 30 there\n/);
    expect(stdout).toMatch(/the statistics are the same\n$/);
    const wrong = await kinostat.run(['transfer', '--from', 'sqlite:/nowhere/x', '--to', url]);
    expect([wrong.code, wrong.stderr]).toEqual([1, 'kinostat: There is no database at /nowhere/x\n']);
    const unclear = await kinostat.run(['transfer', '--from', 'mysql:x', '--to', url]);
    expect(unclear.stderr).toMatch(/It is sqlite:FILE or postgresql:/);
  }, 60_000);
});
