import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;
const BITS = 2 ** 50 - 1;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  await s.store.apply([[start(1, 'v1'), start(2, 'v2')]], T0);
  await run("INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES ('a', 1, 1)");
});
afterEach(() => s[Symbol.asyncDispose]());

const run = (sql: string): Promise<number[]> => s.backend.transact([{ sql, params: [] }]);

const play = (token: string, video = 1, columns: Readonly<Record<string, number | null>> = {}) => {
  const all = { viewer_id: 1, started_at_ms: T0, last_heartbeat_ms: T0, ...columns };
  return s.backend.transact([
    {
      sql: `INSERT INTO ply_sessions (session_token, video_id, ${Object.keys(all).join(', ')})
        VALUES (?, ?, ${Object.keys(all)
          .map(() => '?')
          .join(', ')})`,
      params: [token, video, ...Object.values(all)],
    },
  ]);
};

describe('playbacks', () => {
  it('go with their video, and stay with the others', async () => {
    await play('t1');
    await play('t2', 2);
    await run('DELETE FROM imm_sessions WHERE video_id = 1');
    await run('DELETE FROM imm_videos WHERE video_id = 1');
    expect(await s.rows('SELECT session_token FROM ply_sessions')).toEqual([['t2']]);
  });

  it('stay without a viewer when the viewer goes', async () => {
    await play('t1');
    await run('DELETE FROM ply_viewers');
    expect(await s.rows('SELECT session_token, viewer_id FROM ply_sessions')).toEqual([['t1', null]]);
  });

  it('have a token that no other has, and a viewer one key', async () => {
    await play('t1');
    await expect(play('t1', 2)).rejects.toThrow();
    await expect(
      run("INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES ('a', 2, 2)"),
    ).rejects.toThrow();
  });

  it('belong to a video that is there', async () => {
    await expect(play('t1', 99)).rejects.toThrow();
    await expect(play('t1', 1, { viewer_id: 99 })).rejects.toThrow();
  });

  it.each<Readonly<Record<string, number>>>([
    { position_ms: -1, furthest_ms: 5 },
    { position_ms: 6, furthest_ms: 5 },
    { watched_ms: -1 },
    { ended_at_ms: T0 - 1 },
    { watched_first_half: BITS + 1 },
    { watched_second_half: -1 },
    { is_completed: 2 },
  ])('are refused when they say %j', async (columns) => {
    await expect(play('t1', 1, columns)).rejects.toThrow();
    expect(await s.rows('SELECT COUNT(*) FROM ply_sessions')).toEqual([[0]]);
  });

  it('keep a whole mask as it is', async () => {
    await play('t1', 1, { watched_first_half: BITS, watched_second_half: BITS });
    expect(await s.rows('SELECT watched_first_half, watched_second_half FROM ply_sessions')).toEqual([
      [BITS, BITS],
    ]);
  });

  it('of a purged video are removed and counted', async () => {
    for (let n = 1; n <= 3; n += 1) await play(`t${n}`);
    await play('other', 2);
    const report = await s.store.maintenance.purgeVideo(1, never);
    expect(report).toEqual({ sessionsCount: 1, rowsCount: 3 });
    expect(await s.rows('SELECT session_token FROM ply_sessions')).toEqual([['other']]);
  });
});
