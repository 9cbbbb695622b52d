import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import { PlaybackStatus } from '../../src/domain/playback/enums.js';
import type { Playback, PlaybackFilter } from '../../src/domain/playback/types.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { Random } from '../fuzz/random.js';
import { PlaybackModel, type ModelPlayback } from '../model/playback-model.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import { CAP_MS, endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const MINUTE = 60_000;
const NO_FILTER: PlaybackFilter = {
  videoId: null,
  viewerUuid: null,
  status: null,
  isCompleted: null,
  startedFromMs: null,
  startedToMs: null,
};

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  await apply(
    video('v1', 100_000),
    video('v2', 3_600_000),
    // Nobody told how long it is.
    video('v3', null),
  );
});
afterEach(() => s[Symbol.asyncDispose]());

const video = (key: string, durationMs: number | null): WriteCommand => ({
  kind: 'upsertVideo',
  video: videoFields(key, { durationMs }),
  receivedAtMs: T0,
});
const apply = async (...commands: WriteCommand[]) => (await s.store.apply([commands], T0)).groups[0];
const playback = async (n = 1): Promise<Playback> => (await s.store.playback.getPlayback(uuid(n)))!;
const letters = () => s.rows('SELECT session_uuid, kind, code FROM sys_dead_letters ORDER BY dead_letter_id');
const binsOf = ({ watchedHalves }: Playback): number[] =>
  watchedHalves.flatMap((half, index) =>
    Array.from({ length: 50 }, (_, bit) => bit)
      .filter((bit) => Math.floor(half / 2 ** bit) % 2 === 1)
      .map((bit) => bit + index * 50),
  );
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a playback', () => {
  it('is measured by the clock of the server and by the positions it reports', async () => {
    const outcome = await apply(
      startPlayback(1, T0, { quality: '720p' }),
      heartbeat(1, T0 + 10_000, 10_000),
      heartbeat(1, T0 + 20_000, 20_500, { quality: '1080p' }),
      endPlayback(1, T0 + 25_000, 25_500),
    );
    expect(outcome).toEqual({ stored: 4, duplicates: 0, refused: [] });
    expect(await playback()).toMatchObject({
      quality: '1080p',
      status: PlaybackStatus.ENDED,
      startedAtMs: T0,
      endedAtMs: T0 + 25_000,
      isPlaying: false,
      positionMs: 25_500,
      furthestMs: 25_500,
      watchedMs: 25_000,
      isCompleted: false,
    });
    expect(binsOf(await playback())).toEqual(range(0, 25));
  });

  it('counts no more than two intervals between two heartbeats, and nothing while it stands still', async () => {
    await apply(startPlayback(1), heartbeat(1, T0 + 5 * MINUTE, 50_000, { isPlaying: false }));
    expect((await playback()).watchedMs).toBe(CAP_MS);
    await apply(heartbeat(1, T0 + 6 * MINUTE, 50_000), heartbeat(1, T0 + 6 * MINUTE + 3_000, 53_000));
    expect((await playback()).watchedMs).toBe(CAP_MS + 3_000);
  });

  it('is complete at nine tenths of the duration, and not before', async () => {
    await apply(startPlayback(1), heartbeat(1, T0 + 1_000, 89_999));
    expect((await playback()).isCompleted).toBe(false);
    await apply(heartbeat(1, T0 + 2_000, 90_000), heartbeat(1, T0 + 3_000, 0));
    expect(await playback()).toMatchObject({ isCompleted: true, positionMs: 0, furthestMs: 90_000 });
  });

  it('has seen what it played, not what it jumped over or back to while it stood still', async () => {
    await apply(
      startPlayback(1, T0),
      heartbeat(1, T0 + 3_000, 3_000),
      heartbeat(1, T0 + 4_000, 80_000),
      heartbeat(1, T0 + 6_000, 82_000, { isPlaying: false }),
      heartbeat(1, T0 + 9_000, 40_000, { isPlaying: false }),
      heartbeat(1, T0 + 12_000, 50_000),
    );
    expect(binsOf(await playback())).toEqual([...range(0, 3), 50, ...range(80, 82)]);
  });

  it('keeps every part of the mask, up to the very end', async () => {
    await apply(startPlayback(1), heartbeat(1, T0 + 50_000, 101_999), endPlayback(1, T0 + 51_000));
    expect(binsOf(await playback())).toEqual(range(0, 99));
    expect((await playback()).positionMs).toBe(100_000);
  });

  it('of a video without a duration has neither parts nor an end, until a player tells the duration', async () => {
    await apply(startPlayback(1, T0, { videoKey: 'v3' }), heartbeat(1, T0 + 9_000, 9_000));
    expect(await playback()).toMatchObject({ watchedMs: 9_000, isCompleted: false, watchedHalves: [0, 0] });
    await apply(startPlayback(2, T0, { videoKey: 'v3', durationMs: 10_000 }));
    await apply(heartbeat(1, T0 + 9_500, 9_500));
    expect((await playback()).isCompleted).toBe(true);
    // What is known is not overruled.
    await apply(startPlayback(3, T0, { videoKey: 'v3', durationMs: 77_000 }));
    expect(await s.rows("SELECT duration_ms FROM imm_videos WHERE video_key = 'v3'")).toEqual([[10_000]]);
  });
});

describe('what a broken player sends', () => {
  it('for a token that nobody started waits for the start, and is applied then', async () => {
    const outcome = await apply(heartbeat(1, T0 + 5_000, 5_000));
    expect(outcome).toMatchObject({ stored: 0, refused: [{ index: 0, code: 'SESSION_UNKNOWN' }] });
    await s.store.apply([[startPlayback(1)]], T0);
    expect(await letters()).toEqual([]);
    expect((await playback()).watchedMs).toBe(5_000);
    expect((await playback()).positionMs).toBe(5_000);
  });

  it('after the end is refused with a code, and changes nothing', async () => {
    await apply(startPlayback(1), endPlayback(1, T0 + 5_000, 5_000));
    const before = await playback();
    expect(await apply(heartbeat(1, T0 + 6_000, 6_000))).toEqual({
      stored: 0,
      duplicates: 0,
      refused: [{ index: 0, code: 'PLAYBACK_ENDED', message: 'The playback is over' }],
    });
    expect(await playback()).toEqual(before);
    expect(await letters()).toEqual([[uuid(1), 'playbackHeartbeat', 'PLAYBACK_ENDED']]);
  });

  it('twice as an end is a duplicate; together with a late heartbeat too', async () => {
    await apply(startPlayback(1), endPlayback(1, T0 + 5_000, 5_000));
    const before = await playback();
    expect(await apply(endPlayback(1, T0 + 9_000, 9_000), endPlayback(1, T0 + 9_500))).toEqual({
      stored: 0,
      duplicates: 2,
      refused: [],
    });
    expect(await playback()).toEqual(before);
  });

  it('behind the end of the video is refused with a code; an end ends all the same', async () => {
    await apply(startPlayback(1));
    const outcome = await apply(heartbeat(1, T0 + 5_000, 102_001));
    expect(outcome).toMatchObject({ stored: 0, refused: [{ code: 'POSITION_BEYOND_DURATION' }] });
    expect(await playback()).toMatchObject({ positionMs: 0, watchedMs: 0 });
    await apply(endPlayback(1, T0 + 9_000, 999_000));
    expect(await playback()).toMatchObject({ positionMs: 0, watchedMs: 9_000, status: PlaybackStatus.ENDED });
  });

  it('for a video that is not there is refused with a code', async () => {
    const outcome = await apply(startPlayback(1, T0, { videoKey: 'nowhere' }));
    expect(outcome).toMatchObject({ stored: 0, refused: [{ index: 0, code: 'VIDEO_UNKNOWN' }] });
    // One that arrives in the same flush is there.
    expect(await apply(video('new', 5_000), startPlayback(2, T0, { videoKey: 'new' }))).toMatchObject({
      stored: 2,
    });
  });

  it('when the clock of the server jumped back changes nothing, and forward adds no more than two intervals', async () => {
    await apply(startPlayback(1), heartbeat(1, T0 + 10_000, 10_000));
    const before = await playback();
    expect(await apply(heartbeat(1, T0 - MINUTE, 20_000))).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await playback()).toEqual(before);
    await apply(heartbeat(1, T0 + 20 * MINUTE, 20_000));
    expect((await playback()).watchedMs).toBe(10_000 + CAP_MS);
    expect(await apply(heartbeat(1, T0 + 60 * MINUTE, 20_000))).toMatchObject({
      refused: [{ code: 'PLAYBACK_ENDED' }],
    });
  });

  it('sent again leaves the same database', async () => {
    const commands = [
      startPlayback(1, T0, { viewerUuid: uuid(9), quality: '720p' }),
      heartbeat(1, T0 + 10_000, 10_000),
      heartbeat(1, T0 + 12_000, 12_000, { isPlaying: false }),
      heartbeat(1, T0 + 20_000, 12_000),
      endPlayback(1, T0 + 25_000, 17_000),
    ];
    await apply(...commands);
    const once = await playback();
    expect(await apply(...commands)).toEqual({ stored: 0, duplicates: 5, refused: [] });
    expect(await playback()).toEqual(once);
    expect(await letters()).toEqual([]);
  });
});

describe('a playback without an end', () => {
  it('is closed where it was last when it was silent for half an hour', async () => {
    await apply(startPlayback(1), heartbeat(1, T0 + 7_000, 7_000), startPlayback(2, T0 + 20 * MINUTE));
    expect(await s.store.maintenance.sweepPlaybacks(T0 + 31 * MINUTE)).toBe(1);
    expect(await playback()).toMatchObject({
      status: PlaybackStatus.ABANDONED,
      endedAtMs: T0 + 7_000,
      isPlaying: false,
    });
    expect((await playback(2)).status).toBe(PlaybackStatus.ACTIVE);
    expect(await s.store.maintenance.sweepPlaybacks(T0 + 31 * MINUTE)).toBe(0);
    // An end that comes after all is not another one.
    expect(await apply(endPlayback(1, T0 + 40 * MINUTE, 9_000))).toMatchObject({ duplicates: 1 });
  });
});

describe('viewers', () => {
  it('have their first and their last playback, and are forgotten without their playbacks', async () => {
    await apply(
      startPlayback(1, T0, { viewerUuid: uuid(7) }),
      startPlayback(2, T0 + 5_000, { viewerUuid: uuid(7), videoKey: 'v2' }),
      startPlayback(3, T0, { viewerUuid: uuid(8) }),
    );
    const { playback: store } = s.store;
    expect(await store.getViewer(uuid(7))).toEqual({
      viewerUuid: uuid(7),
      firstSeenMs: T0,
      lastSeenMs: T0 + 5_000,
    });
    expect(await store.countPlaybacks({ ...NO_FILTER, viewerUuid: uuid(7) })).toBe(2);
    expect(await store.forgetViewer(uuid(7))).toBe(true);
    expect(await store.forgetViewer(uuid(7))).toBe(false);
    expect(await store.getViewer(uuid(7))).toBeNull();
    expect((await playback()).viewerUuid).toBeNull();
    expect((await playback(3)).viewerUuid).toBe(uuid(8));
    expect(await store.countPlaybacks({ ...NO_FILTER, viewerUuid: uuid(7) })).toBe(0);
  });
});

describe('the list of playbacks', () => {
  it('is paged from the newest on, by video, viewer, status, completion and time', async () => {
    for (let n = 1; n <= 6; n += 1) {
      await apply(
        startPlayback(n, T0 + Math.floor(n / 2) * 1_000, {
          videoKey: n % 2 === 0 ? 'v2' : 'v1',
          viewerUuid: n < 3 ? uuid(7) : null,
        }),
      );
    }
    await apply(endPlayback(6, T0 + 9_000, 3_500_000));
    const list = async (filter: Partial<PlaybackFilter>, start: (string | number)[] | null = null) => {
      const page = await s.store.playback.listPlaybacks(
        { ...NO_FILTER, ...filter },
        { direction: 'forward', size: 4, start },
      );
      return page.rows.map(({ playbackToken }) => Number(playbackToken.slice(-4)));
    };
    expect(await list({})).toEqual([6, 5, 4, 3]);
    const last = await playback(3);
    expect(await list({}, [last.startedAtMs, last.playbackId])).toEqual([2, 1]);
    expect(await list({ videoId: last.videoId })).toEqual([5, 3, 1]);
    expect(await list({ viewerUuid: uuid(7) })).toEqual([2, 1]);
    expect(await list({ status: PlaybackStatus.ENDED })).toEqual([6]);
    expect(await list({ isCompleted: true })).toEqual([6]);
    expect(await list({ startedFromMs: T0 + 1_000, startedToMs: T0 + 2_000 })).toEqual([3, 2]);
  });
});

describe('any history of players', () => {
  it.each([1, 2, 3, 4])('leaves what the naive model says (seed %i)', async (seed) => {
    const source = new Random(seed);
    const random = () => source.next();
    const pick = <Value>(values: readonly Value[]): Value => source.pick(values);
    const durations = new Map([
      ['v1', 100_000],
      ['v2', 3_600_000],
      ['v3', 0],
    ]);
    const model = new PlaybackModel(durations);
    let nowMs = T0;
    for (let flush = 0; flush < 25; flush += 1) {
      const commands: PlaybackCommand[] = [];
      for (let k = Math.floor(random() * 12); k >= 0; k -= 1) {
        const n = 1 + Math.floor(random() * 8);
        nowMs += pick([0, 1, 700, 10_000, 61_000, 20 * MINUTE, -5_000]);
        const position = Math.floor(random() * pick([3_000, 105_000, 4_000_000]));
        const kind = random();
        if (kind < 0.25) {
          const videoKey = pick(['v1', 'v2', 'v3', 'v9']);
          const viewerUuid = random() < 0.5 ? uuid(100 + Math.floor(random() * 3)) : null;
          commands.push(startPlayback(n, nowMs, { videoKey, viewerUuid, quality: pick([null, '720p']) }));
        } else if (kind < 0.9) {
          const quality = pick([null, null, '480p']);
          const isPlaying = random() < 0.8;
          commands.push(heartbeat(n, nowMs, random() < 0.1 ? null : position, { isPlaying, quality }));
        } else commands.push(endPlayback(n, nowMs, random() < 0.5 ? null : position));
      }
      const [group] = (await s.store.apply([commands], nowMs)).groups;
      expect(group?.refused.map(({ code }) => code).toSorted()).toEqual(model.flush(commands).toSorted());
    }
    for (const expected of model.playbacks.values()) {
      const stored = await s.store.playback.getPlayback(expected.token);
      expect(shown(stored!)).toEqual(told(model, expected));
    }
    expect(await s.store.playback.countPlaybacks(NO_FILTER)).toBe(model.playbacks.size);
  });
});

const shown = (p: Playback) => ({
  viewer: p.viewerUuid,
  quality: p.quality,
  startedAt: p.startedAtMs,
  last: p.lastHeartbeatMs,
  status: Object.entries(PlaybackStatus).find(([, code]) => code === p.status)?.[0],
  playing: p.isPlaying,
  position: p.positionMs,
  furthest: p.furthestMs,
  watched: p.watchedMs,
  bins: binsOf(p),
  completed: p.isCompleted,
});

const told = (model: PlaybackModel, p: ModelPlayback): ReturnType<typeof shown> => ({
  viewer: p.viewer,
  quality: p.quality,
  startedAt: p.startedAt,
  last: p.last,
  status: p.status,
  playing: p.playing,
  position: p.position,
  furthest: p.furthest,
  watched: p.watched,
  bins: [...p.bins].toSorted((a, b) => a - b),
  completed: model.isCompleted(p),
});
