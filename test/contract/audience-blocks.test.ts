import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AudienceSubject } from '../../src/domain/playback/audience.js';
import { BLOCK_LEVELS, blocksWith } from '../../src/domain/playback/day-blocks.js';
import { RollUpLevel } from '../../src/domain/playback/enums.js';
import { DAY_MS, type SliceRange } from '../../src/domain/time.js';
import { Random } from '../fuzz/random.js';
import type { PlaybackModel } from '../model/playback-model.js';
import {
  ALL,
  AudienceSite,
  everyone,
  FROM,
  inMs,
  ofVideo,
  rangesOf,
  VISIBLE,
} from '../support/audience-site.js';
import { uuid } from '../support/commands.js';
import { startPlayback } from '../support/playback-commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;

let site: AudienceSite;
let s: TestStore;
let model: PlaybackModel;
let ids: ReadonlyMap<string, number>;
beforeEach(async () => {
  site = await AudienceSite.open();
  ({ s, model, ids } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

describe('blocks of days', () => {
  it('are read where they are there, and the days themselves when one of them has changed', async () => {
    const span = 700;
    const random = new Random(5);
    await site.play(random, 500, 1, span);
    await s.store.maintenance.rollUp(never);
    const ofFirst = { videoId: ids.get('v1')!, includesDeleted: false };
    const expectModels = async (): Promise<void> => {
      await site.expectModel(random, VISIBLE, everyone, span);
      await site.expectModel(random, ofFirst, ofVideo('v1'), span);
      for (const range of rangesOf(random, span).slice(0, 40)) {
        const top = await s.store.audience.listTopAudiences(range, 'VIEWS', 10, false);
        expect(top.map((own) => [own.videoId, own.viewsCount, own.viewersCount])).toEqual(ranked(range));
      }
    };
    const ranked = (range: SliceRange): number[][] =>
      [...ids]
        .map(([key, id]) => ({ id, ...site.audience().of(inMs(range), ofVideo(key)) }))
        .filter(({ views }) => views > 0)
        .toSorted((a, b) => b.views - a.views || a.id - b.id)
        .map(({ id, views, viewers }) => [id, views, viewers]);
    await expectModels();

    // A day in the middle of blocks of every length.
    const day = Math.floor(FROM / DAY_MS) + 300;
    const marks = async (): Promise<string[]> =>
      (await s.rows('SELECT level, period FROM ply_dirty_periods WHERE level > 3')).map(String);
    const blocks = BLOCK_LEVELS.flatMap((own) =>
      blocksWith(day, own).map((first) => `${own.level},${first}`),
    );
    expect((await marks()).filter((mark) => blocks.includes(mark))).toEqual([]);
    const late = startPlayback(9_999, day * DAY_MS + 5_000, { videoKey: 'v1', viewerUuid: uuid(6_000) });
    model.take(late);
    await s.store.apply([[late]], FROM);
    await expectModels();
    expect((await marks()).filter((mark) => blocks.includes(mark)).toSorted()).toEqual(blocks.toSorted());

    await s.store.maintenance.rollUp(never);
    expect((await marks()).filter((mark) => blocks.includes(mark))).toEqual([]);
    await expectModels();
    const levels = await s.rows('SELECT DISTINCT level FROM ply_audience_viewers ORDER BY level');
    expect(levels).toEqual([[1], [4], [5], [6], [7]]);

    // Without the days it shows what is read: of all videos any days from 16 on, of one of them what begins as its blocks do.
    const begin = Math.ceil(FROM / DAY_MS / 64) * 64;
    const removals = ['ply_audience_viewers', 'ply_audience_rankings'].map((table) => ({
      sql: `DELETE FROM ${table} WHERE level = 1 AND period >= ? AND period < ?`,
      params: [begin, begin + 400],
    }));
    await s.backend.transact(removals);
    const figuresOf = async (range: SliceRange, subject: AudienceSubject): Promise<number | undefined> =>
      (await s.store.audience.summarizeFigures([range], subject))[0]?.viewersCount;
    for (const count of [16, 17, 31, 100, 365]) {
      const range = { from: (begin + 5) * 96, to: (begin + 5 + count) * 96 };
      expect(await figuresOf(range, VISIBLE)).toBe(site.audience().of(inMs(range), everyone).viewers);
    }
    for (const count of [4, 16, 64, 84, 320, 396]) {
      const range = { from: begin * 96, to: (begin + count) * 96 };
      expect(await figuresOf(range, ofFirst)).toBe(site.audience().of(inMs(range), ofVideo('v1')).viewers);
      const top = await s.store.audience.listTopAudiences(range, 'VIEWS', 10, false);
      expect(top.map(({ videoId, viewsCount, viewersCount }) => [videoId, viewsCount, viewersCount])).toEqual(
        ranked(range),
      );
    }
  });

  it('are made again when they were made while another process changed one of its days', async () => {
    const span = 300;
    const random = new Random(12);
    await site.play(random, 200, 1, span);
    const other = await openTestStore({}, s.location);
    const day = Math.ceil(FROM / DAY_MS / 256) * 256 + 20;
    // The block of 256 days has been over for a day.
    const last = startPlayback(9_998, (day - 20 + 257) * DAY_MS, { videoKey: 'v2' });
    model.take(last);
    await s.store.apply([[last]], FROM);
    const late = startPlayback(9_999, day * DAY_MS + 5_000, { videoKey: 'v1', viewerUuid: uuid(6_000) });
    const read = s.backend.read.bind(s.backend);
    let hasChanged = false;
    try {
      s.backend.read = async (query) => {
        const rows = await read(query);
        // The sets of sixteen days are read for a block of 64: before it is there, one of them is out of date.
        const [level, first] = query.params;
        const isRead =
          query.reduction?.kind === 'uniteSets' && level === RollUpLevel.DAYS_16 && first === day - 20;
        if (isRead && !hasChanged) {
          hasChanged = true;
          await other.store.apply([[late]], FROM);
          await other.store.audience.summarizeAudience([{ from: 0, to: 1e9 }], ALL);
        }
        return rows;
      };
      await s.store.maintenance.rollUp(never);
    } finally {
      s.backend.read = read;
      await other[Symbol.asyncDispose]();
    }
    expect(hasChanged).toBe(true);
    model.take(late);
    const ofFirst = { videoId: ids.get('v1')!, includesDeleted: false };
    const expectModels = async (): Promise<void> => {
      await site.expectModel(random, VISIBLE, everyone, span);
      await site.expectModel(random, ofFirst, ofVideo('v1'), span);
    };
    // That of 64 days was not put there, nor a longer one that is made of it.
    const whole = BLOCK_LEVELS.filter(({ dayCount }) => dayCount >= 64).map(({ level }) => [level, day - 20]);
    const marked = () =>
      s.rows(
        `SELECT level, period FROM ply_dirty_periods WHERE level > ${RollUpLevel.DAYS_16} AND period = ? ORDER BY level DESC`,
        day - 20,
      );
    expect(await marked()).toEqual(whole);
    await expectModels();
    await s.store.maintenance.rollUp(never);
    expect(await marked()).toEqual([]);
    await expectModels();
    await s.backend.transact([
      {
        sql: `DELETE FROM ply_audience_viewers WHERE level = ${RollUpLevel.DAY} AND period >= ? AND period < ?`,
        params: [day - 20, day + 44],
      },
    ]);
    const range = { from: (day - 20) * 96, to: (day + 44) * 96 };
    const [figures] = await s.store.audience.summarizeFigures([range], ofFirst);
    expect(figures?.viewersCount).toBe(site.audience().of(inMs(range), ofVideo('v1')).viewers);
  });
});
