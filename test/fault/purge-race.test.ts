import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sample, start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;

describe('a video that is purged while sessions of it go on', () => {
  it('is purged with what came in between, and nothing of it is left', async () => {
    await s.store.apply([[start(1), sample(1, T0 + 1, { wordsSeen: 5 })]], T0);
    const read = s.backend.read.bind(s.backend);
    let startedCount = 0;
    s.backend.read = async (statement) => {
      const rows = await read(statement);
      // Purging has just seen that no session is left.
      const isLast = statement.sql.includes('FROM imm_sessions WHERE video_id') && rows.length === 0;
      if (isLast && startedCount === 0) {
        startedCount += 1;
        await s.store.apply([[start(2), sample(2, T0 + 2)]], T0);
      }
      return rows;
    };
    await s.store.maintenance.purgeVideo(1, never);
    expect(startedCount).toBe(1);
    expect(await s.rows('SELECT COUNT(*) FROM imm_videos')).toEqual([[0]]);
    expect(await s.rows('SELECT COUNT(*) FROM imm_sessions')).toEqual([[0]]);
    expect(await s.rows('PRAGMA foreign_key_check')).toEqual([]);
  });

  it('and a session that goes on afterwards is told that it is unknown, not lost', async () => {
    await s.store.apply([[start(1), sample(1, T0 + 1)]], T0);
    await s.store.apply([[sample(1, T0 + 2)]], T0);
    await s.store.maintenance.purgeVideo(1, never);
    const { groups } = await s.store.apply([[sample(1, T0 + 3)]], T0);
    expect(groups[0]?.refused.map(({ code }) => code)).toEqual(['SESSION_UNKNOWN']);
    expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[1]]);
  });
});
