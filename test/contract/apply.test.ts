import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { end, event, sample, start, T0, uuid, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const apply = (...commands: WriteCommand[]) => s.store.apply([commands], T0);
const totals = async (n: number) => {
  const session = await s.store.immersion.getSession(uuid(n));
  const [found] = await s.store.immersion.listSessionTotals([session!.sessionId]);
  return found!;
};

describe('a flush', () => {
  it('stores videos, sessions, samples, events and ends in one transaction, in any order of arrival', async () => {
    const { groups } = await apply(
      end(1, T0 + 60_000),
      event(1, T0 + 10),
      sample(1, T0 + 30_000, { wordsSeen: 9 }),
      start(1, 'v1', T0, { targetLanguage: 'ja', locale: 'en', subtitleMode: 1 }),
    );
    expect(groups).toEqual([{ stored: 4, duplicates: 0, refused: [] }]);
    expect(await s.store.immersion.getSession(uuid(1))).toMatchObject({
      startedAtMs: T0,
      endedAtMs: T0 + 60_000,
      status: 2,
      targetLanguage: 'ja',
      locale: 'en',
      subtitleMode: 1,
    });
    expect((await totals(1)).counters.wordsSeen).toBe(9);
  });

  it('leaves the same database however often it is repeated, and calls the rest duplicates', async () => {
    const commands = [start(1), sample(1, T0 + 1, { linesSeen: 1 }), event(1, T0 + 2), end(1, T0 + 3)];
    await apply(...commands);
    const before = await dump();
    for (let i = 0; i < 3; i += 1) {
      expect((await apply(...commands)).groups).toEqual([{ stored: 0, duplicates: 4, refused: [] }]);
    }
    expect(await dump()).toEqual(before);
  });

  it('tells each request its own duplicates', async () => {
    await apply(start(1), sample(1, T0 + 1, { linesSeen: 1 }));
    const { groups } = await s.store.apply(
      [
        [sample(1, T0 + 1, { linesSeen: 1 }), sample(1, T0 + 2, { linesSeen: 2 })],
        [sample(1, T0 + 2, { linesSeen: 2 }), sample(1, T0 + 3, { linesSeen: 3 })],
        [event(1, T0), event(1, T0), event(2, T0)],
      ],
      T0,
    );
    expect(groups.map(({ stored, duplicates }) => ({ stored, duplicates }))).toEqual([
      { stored: 1, duplicates: 1 },
      { stored: 1, duplicates: 1 },
      { stored: 1, duplicates: 1 },
    ]);
    expect(groups[2]?.refused).toEqual([
      { index: 2, code: 'SESSION_UNKNOWN', message: 'No session with this UUID was started' },
    ]);
  });

  it('merges samples of one instant by maximum, in any order', async () => {
    const a = sample(1, T0 + 1, { wordsSeen: 10, linesSeen: 1 });
    const b = sample(1, T0 + 1, { wordsSeen: 7, linesSeen: 3 });
    await apply(start(1), start(2), a, b);
    await apply({ ...b, sessionUuid: uuid(2) });
    await apply({ ...a, sessionUuid: uuid(2) });
    const rows = await s.rows('SELECT words_seen, lines_seen FROM imm_session_telemetry');
    expect(rows).toEqual([
      [10, 3],
      [10, 3],
    ]);
    expect((await totals(2)).samplesCount).toBe(1);
  });

  it('counts samples once, whether they are new, late or sent again', async () => {
    await apply(start(1), sample(1, T0 + 10), sample(1, T0 + 30));
    await apply(sample(1, T0 + 20), sample(1, T0 + 10), sample(1, T0 + 40));
    await apply(sample(1, T0 + 40));
    expect((await totals(1)).samplesCount).toBe(4);
    expect((await totals(1)).lastSampleMs).toBe(T0 + 40);
  });

  it('writes hundreds of samples of one session in few statements, each once', async () => {
    const samples = Array.from({ length: 333 }, (_, i) => sample(1, T0 + i, { wordsSeen: i }));
    expect((await apply(start(1), ...samples)).groups[0]).toMatchObject({ stored: 334, duplicates: 0 });
    expect((await apply(...samples)).groups[0]).toMatchObject({ stored: 0, duplicates: 333 });
    expect(await s.rows('SELECT COUNT(*), MAX(words_seen) FROM imm_session_telemetry')).toEqual([[333, 332]]);
  });
});

describe('a session', () => {
  it('starts at the earliest of its announced starts and fills what was unknown', async () => {
    await apply(start(1, 'v1', T0 + 5_000, { targetLanguage: 'ja' }));
    await apply(start(1, 'v1', T0, { locale: 'en' }));
    expect(await s.store.immersion.getSession(uuid(1))).toMatchObject({
      startedAtMs: T0,
      targetLanguage: 'ja',
      locale: 'en',
    });
  });

  it('never ends before it starts, and ends at the latest of its announced ends', async () => {
    await apply(start(1), end(1, T0 - 5_000));
    expect((await s.store.immersion.getSession(uuid(1)))?.endedAtMs).toBe(T0);
    await apply(end(1, T0 + 9_000));
    await apply(end(1, T0 + 4_000));
    expect((await s.store.immersion.getSession(uuid(1)))?.endedAtMs).toBe(T0 + 9_000);
  });

  it('without a sample for the idle time is abandoned at its last sample, and a later sample opens it again', async () => {
    await apply(start(1), sample(1, T0 + 60_000), start(2, 'v1', T0), start(3), end(3, T0 + 1));
    const later = T0 + 3_600_000;
    expect(await s.store.maintenance.sweepSessions(later - 1_800_000, later)).toBe(2);
    expect(await s.store.immersion.getSession(uuid(1))).toMatchObject({ status: 3, endedAtMs: T0 + 60_000 });
    expect(await s.store.immersion.getSession(uuid(2))).toMatchObject({ status: 3, endedAtMs: T0 });
    expect(await s.store.immersion.getSession(uuid(3))).toMatchObject({ status: 2 });
    expect(await s.store.maintenance.sweepSessions(later - 1_800_000, later)).toBe(0);
    await apply(sample(1, later));
    expect(await s.store.immersion.getSession(uuid(1))).toMatchObject({ status: 1, endedAtMs: null });
    await apply(end(1, later + 5));
    await apply(sample(1, later + 9));
    expect(await s.store.immersion.getSession(uuid(1))).toMatchObject({ status: 2, endedAtMs: later + 5 });
  });

  it('removed by another process does not poison what follows', async () => {
    await apply(start(1), sample(1, T0));
    await s.backend.transact([{ sql: 'DELETE FROM imm_sessions', params: [] }]);
    const { groups } = await apply(sample(1, T0 + 1));
    expect(groups[0]?.refused).toHaveLength(1);
  });
});

describe('a video', () => {
  it('is filled by starts and probes, replaced by an explicit upsert, and never by nothing', async () => {
    const upsert = (fields: object): WriteCommand => ({
      kind: 'upsertVideo',
      video: videoFields('v1', fields),
      receivedAtMs: T0,
    });
    await apply(
      start(1, 'v1', T0, { video: videoFields('v1', { title: 'Named', codec: 'h264', durationMs: 5 }) }),
    );
    await apply(
      start(2, 'v1', T0, { video: videoFields('v1', { title: 'Other', codec: 'vp9', widthPx: 640 }) }),
    );
    expect(await s.store.immersion.getVideo('v1')).toMatchObject({
      title: 'Named',
      codec: 'h264',
      durationMs: 5,
      widthPx: 640,
    });
    await apply(upsert({ title: 'Renamed', codec: 'av1' }));
    expect(await s.store.immersion.getVideo('v1')).toMatchObject({
      title: 'Renamed',
      codec: 'av1',
      durationMs: 5,
    });
    const again = await apply(upsert({ title: 'Renamed', codec: 'av1' }));
    expect(again.groups[0]).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it('keeps each word of an open vocabulary once', async () => {
    await apply(start(1, 'a', T0, { video: videoFields('a', { codec: 'h264', audioCodec: 'aac' }) }));
    await apply(start(2, 'b', T0, { video: videoFields('b', { codec: 'h264', audioCodec: 'opus' }) }));
    expect(await s.rows('SELECT name FROM sys_codecs ORDER BY id')).toEqual([['h264'], ['aac'], ['opus']]);
  });
});

/** Every row of the immersion tables, without surrogate ids and without the time of arrival. */
async function dump(): Promise<unknown> {
  const tables = ['telemetry', 'events', 'totals', 'slices'].map((t) => `imm_session_${t}`);
  const rows = await Promise.all(tables.map((table) => s.rows(`SELECT * FROM ${table}`)));
  const sessions = await s.rows(
    'SELECT session_uuid, video_id, started_at_ms, ended_at_ms, status FROM imm_sessions',
  );
  return [...rows, sessions, await s.rows('SELECT COUNT(*) FROM imm_videos')];
}
