import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_TOMBSTONES, TombstoneKind } from '../../src/domain/analytics/tombstones.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import { event, sample, start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const go = new AbortController().signal;
const WINDOWS = { ...RETENTION_PRESETS['keep-all'], telemetry: 3, events: 2 };

let s: TestStore;

beforeEach(async () => {
  s = await openTestStore();
  await s.store.apply([[start(1), sample(1, T0), event(1, T0)]], T0);
});
afterEach(() => s[Symbol.asyncDispose]());

const tombstones = () => s.rows('SELECT kind, subject FROM sys_tombstones ORDER BY tombstone_id');

describe('what is removed leaves a tombstone', () => {
  it('when facts left their window, and not when there were none', async () => {
    const nowMs = T0 + 10 * DAY_MS;
    await s.store.maintenance.prune(WINDOWS, nowMs, { isDryRun: true }, go);
    expect(await tombstones()).toEqual([]);
    await s.store.maintenance.prune(WINDOWS, nowMs, { isDryRun: false }, go);
    const expected = [
      [TombstoneKind.EVENTS_BEFORE, nowMs - 2 * DAY_MS],
      [TombstoneKind.SAMPLES_BEFORE, nowMs - 3 * DAY_MS],
    ];
    expect(await tombstones()).toEqual(expected);
    await s.store.maintenance.prune(WINDOWS, nowMs + DAY_MS, { isDryRun: false }, go);
    expect(await tombstones()).toEqual(expected);
  });

  it('when a video is purged, in the transaction that removes it', async () => {
    const [[videoId] = []] = await s.rows('SELECT video_id FROM imm_videos');
    await s.store.maintenance.purgeVideo(Number(videoId), go);
    expect(await tombstones()).toEqual([[TombstoneKind.VIDEO, videoId]]);
  });

  it('as long as it is one of the newest', async () => {
    await s.backend.transact([
      { sql: 'INSERT INTO sys_tombstones (tombstone_id, kind, subject) VALUES (1, 1, 7)', params: [] },
      {
        sql: 'INSERT INTO sys_tombstones (tombstone_id, kind, subject) VALUES (?, 1, 8)',
        params: [MAX_TOMBSTONES],
      },
    ]);
    await s.backend.advanceIds('sys_tombstones', 'tombstone_id');
    const [[videoId] = []] = await s.rows('SELECT video_id FROM imm_videos');
    await s.store.maintenance.purgeVideo(Number(videoId), go);
    expect(await tombstones()).toEqual([
      [1, 8],
      [TombstoneKind.VIDEO, videoId],
    ]);
  });
});
