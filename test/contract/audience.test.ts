import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAudienceTrend, type AudienceSubject } from '../../src/domain/playback/audience.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS, sliceOf, type SliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { Random } from '../fuzz/random.js';
import type { ModelPlayback, PlaybackModel } from '../model/playback-model.js';
import {
  ALL,
  AudienceSite,
  DAYS,
  everyone,
  FROM,
  inMs,
  ofVideo,
  rangesOf,
  shown,
  VISIBLE,
} from '../support/audience-site.js';
import { uuid, videoFields } from '../support/commands.js';
import { startPlayback } from '../support/playback-commands.js';
import type { TestStore } from '../support/store.js';

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

describe('the audience', () => {
  it.each([1, 2])(
    'is what the naive model counts, for all videos and for each, in any range (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      await site.play(random, 250);
      await site.expectModel(random, VISIBLE, everyone);
      await site.expectModel(random, ALL, everyone);
      for (const key of ['v1', 'v3']) {
        await site.expectModel(random, { videoId: ids.get(key)!, includesDeleted: false }, ofVideo(key));
      }
      // What comes later repairs cells that are there.
      await site.play(random, 60, 1_000);
      await site.expectModel(random, VISIBLE, everyone);
      const cells = () => s.rows('SELECT * FROM ply_audience_rollups ORDER BY video_id, level, period');
      const slices = () =>
        s.rows(
          'SELECT video_id, day, figures, details, viewers FROM ply_audience_slices ORDER BY video_id, day',
        );
      const rankings = () =>
        s.rows('SELECT level, period, figures FROM ply_audience_rankings ORDER BY level, period');
      const sets = () =>
        s.rows(
          'SELECT video_id, level, period, viewers FROM ply_audience_viewers ORDER BY video_id, level, period',
        );
      const windows = () =>
        s.rows('SELECT video_id, day, counts, figures FROM ply_audience_windows ORDER BY video_id, day');
      await s.store.maintenance.rollUp(never);
      expect((await windows()).length).toBeGreaterThan(20);
      await site.expectModel(random, VISIBLE, everyone);
      // To the byte: what was repaired slice by slice is what is made in one go.
      const all = async () => [
        await cells(),
        await slices(),
        await rankings(),
        await sets(),
        await windows(),
      ];
      const before = await all();
      await s.store.maintenance.rebuildRollUps(never, () => undefined);
      expect(await all()).toEqual(before);
      // Days, and months that are over, hold the sums; of days and blocks that are over there are the viewers.
      expect(new Set((await cells()).map((row) => row[1]))).toEqual(new Set([1, 2]));
      expect(new Set((await sets()).map((row) => row[1]))).toEqual(new Set([1, 4, 5, 6, 7]));
    },
  );

  it('ranks a day of a zone alike whether all of its videos have windows or only those that many watch', async () => {
    const day = Math.floor(FROM / DAY_MS);
    const commands = Array.from({ length: 2_600 }, (_, n) =>
      startPlayback(n, FROM + 40_000_000 + n * 1_000, { videoKey: 'v1', viewerUuid: uuid(10_000 + n) }),
    );
    commands.push(startPlayback(2_600, FROM + 41_000_000, { videoKey: 'v2', viewerUuid: uuid(10_000) }));
    // Windows are counted when the next day has been over for a day.
    commands.push(startPlayback(2_601, FROM + 4 * DAY_MS, { videoKey: 'v3' }));
    await s.store.apply([commands], FROM);
    await s.store.maintenance.rollUp(never);
    const windows = await s.rows(`SELECT video_id FROM ply_audience_windows WHERE day = ${day} ORDER BY 1`);
    expect(windows.map(([id]) => Number(id))).toEqual([-1, 0, ids.get('v1')]);

    const run = { from: day * 96 + 22, to: day * 96 + 22 + 96 };
    const store = s.store.audience;
    const watched = [ids.get('v1')!, ids.get('v2')!];
    const each = await Promise.all(
      watched.map(
        async (videoId) => (await store.summarizeFigures([run], { videoId, includesDeleted: false }))[0]!,
      ),
    );
    expect(each.map((own) => [own.viewsCount, own.viewersCount])).toEqual([
      [2_600, 2_600],
      [1, 1],
    ]);
    expect(await store.listVideoAudiences(watched, run)).toEqual(each);
    const top = await store.listTopAudiences(run, 'VIEWS', 5, false);
    expect(top).toEqual(each.map((own, index) => ({ ...own, videoId: watched[index] })));
  });

  it.each(['Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York', 'UTC'])(
    'has a trend without gaps in %s, whose points add up to the range',
    async (name) => {
      const random = new Random(7);
      await site.play(random, 150);
      await s.store.maintenance.rollUp(never);
      const naive = site.audience();
      const range = { from: sliceOf(FROM) + 5, to: sliceOf(FROM) + 60 * 96 + 11 };
      for (const bucket of ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const) {
        const store = s.store.audience;
        const days = [range, bucket, zoneOf(name)] as const;
        const trend = await listAudienceTrend((runs) => store.summarizeFigures(runs, VISIBLE), ...days);
        expect(trend.map((point) => ({ ...shown(point), viewers: point.viewersCount }))).toEqual(
          trend.map((point) => naive.of(inMs(point.bucket.slices), everyone)),
        );
        const plain = await listAudienceTrend((runs) => store.summarizeAudience(runs, VISIBLE), ...days);
        expect(plain.map((point, i) => ({ ...point, viewersCount: trend[i]!.viewersCount }))).toEqual(trend);
        expect(trend.reduce((sum, point) => sum + point.viewsCount, 0)).toBe(
          naive.of(inMs(range), everyone).views,
        );
      }
    },
  );

  it('is ranked by views, by watched time and by completion', async () => {
    await site.play(new Random(3), 120);
    const naive = site.audience();
    const range = { from: sliceOf(FROM), to: sliceOf(FROM) + DAYS * 96 };
    for (const [metric, key] of [
      ['VIEWS', 'views'],
      ['WATCHED', 'watchedMs'],
      ['COMPLETED', 'completed'],
    ] as const) {
      const expected = [...ids]
        .map(([video, id]) => ({ id, ...naive.of(inMs(range), ofVideo(video)) }))
        .filter((row) => row[key] > 0)
        .toSorted((a, b) => b[key] - a[key] || a.id - b.id);
      const top = await s.store.audience.listTopAudiences(range, metric, 3, false);
      expect(top.map((row) => ({ id: row.videoId, ...shown(row), viewers: row.viewersCount }))).toEqual(
        expected.slice(0, 3),
      );
    }
  });

  it('of a deleted entry counts only where it is asked for, and again when it is restored', async () => {
    const random = new Random(4);
    await site.play(random, 120);
    await s.store.maintenance.rollUp(never);
    const entry = {
      slug: 'one',
      title: 'One',
      description: '',
      categorySlug: null,
      status: 2,
      errorMessage: null,
      publishedAtMs: null,
    };
    await s.store.library.addEntry({ ...entry, video: videoFields('v1') } as never, FROM);
    expect(await s.store.library.deleteEntry('one', FROM)).toBe(true);
    for (let time = 0; time < 2; time += 1) {
      await site.expectModel(random, VISIBLE, (p) => p.video !== 'v1');
      await site.expectModel(random, ALL, everyone);
      // Windows that are not there any more, and those that were counted again.
      await s.store.maintenance.rollUp(never);
    }
    const top = (includesDeleted: boolean) =>
      s.store.audience.listTopAudiences({ from: 0, to: 1e9 }, 'VIEWS', 10, includesDeleted);
    expect((await top(false)).map(({ videoId }) => videoId)).not.toContain(ids.get('v1'));
    expect((await top(true)).map(({ videoId }) => videoId)).toContain(ids.get('v1'));
    await s.store.library.restoreEntry('one', FROM);
    await site.expectModel(random, VISIBLE, everyone);
  });

  it('loses a viewer who is forgotten, and keeps the playbacks', async () => {
    const random = new Random(5);
    await site.play(random, 120);
    await s.store.maintenance.rollUp(never);
    await site.expectModel(random, VISIBLE, everyone);
    await s.store.playback.forgetViewer(uuid(5_003));
    for (const playback of model.playbacks.values())
      if (playback.viewer === uuid(5_003)) playback.viewer = null;
    await site.expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.rollUp(never);
    await site.expectModel(random, VISIBLE, everyone);
  });

  it('stays what it was when its playbacks leave retention, whatever changes later', async () => {
    const random = new Random(6);
    await site.play(random, 200);
    const nowMs = FROM + DAYS * DAY_MS;
    const retention = { ...RETENTION_PRESETS['keep-all'], playbacks: 40 };
    const prune = (isDryRun: boolean) => s.store.maintenance.prune(retention, nowMs, { isDryRun }, never);
    const old = [...model.playbacks.values()].filter(
      (p) => sliceOf(p.last) < sliceOf(nowMs - 40 * DAY_MS),
    ).length;
    expect(old).toBeGreaterThan(50);
    const rowsOf = async (isDryRun: boolean) =>
      (await prune(isDryRun)).find(({ table }) => table === 'playbacks')?.rowCount;
    expect(await rowsOf(true)).toBe(old);
    expect(await rowsOf(false)).toBe(old);
    expect(await rowsOf(false)).toBe(0);
    expect(await s.rows('SELECT COUNT(*) FROM ply_sessions')).toEqual([[model.playbacks.size - old]]);
    await site.expectModel(random, VISIBLE, everyone);
    // A rebuild makes anew what can be made anew, and leaves the rest.
    await s.store.maintenance.rebuildRollUps(never, () => undefined);
    await site.expectModel(random, ALL, everyone);
    // Viewers without a playback go as well.
    const seen = new Set(
      [...model.playbacks.values()]
        .filter((p) => sliceOf(p.last) >= sliceOf(nowMs - 40 * DAY_MS))
        .map((p) => p.viewer),
    );
    seen.delete(null);
    expect(Number((await s.rows('SELECT COUNT(*) FROM ply_viewers'))[0]?.[0])).toBe(seen.size);
    await site.expectModel(random, { videoId: ids.get('v2')!, includesDeleted: true }, ofVideo('v2'));
  });

  it('loses its slices with their window, but never before its playbacks; its days answer where they were', async () => {
    const random = new Random(11);
    await site.play(random, 200);
    const nowMs = FROM + DAYS * DAY_MS;
    const keepAll = RETENTION_PRESETS['keep-all'];
    const prune = async (days: { playbacks: number; audienceSlices: number }, isDryRun = false) => {
      const reports = await s.store.maintenance.prune({ ...keepAll, ...days }, nowMs, { isDryRun }, never);
      return reports.find(({ table }) => table === 'audienceSlices')?.rowCount;
    };
    const rows = async (): Promise<number> =>
      Number((await s.rows('SELECT COUNT(*) FROM ply_audience_slices'))[0]?.[0]);
    await s.store.maintenance.rollUp(never);
    await site.expectModel(random, VISIBLE, everyone);
    const before = await rows();
    // All playbacks are there: nothing goes.
    expect(await prune({ playbacks: 0, audienceSlices: 10 })).toBe(0);
    // Playbacks go by their window of 40 days, their slices with them, although theirs is shorter.
    expect(await prune({ playbacks: 40, audienceSlices: 10 })).toBeGreaterThan(20);
    expect(await prune({ playbacks: 40, audienceSlices: 10 }, true)).toBe(0);
    const bound = sliceOf(nowMs) - 40 * 96;
    expect(await rows()).toBeLessThan(before);
    expect(await s.rows(`SELECT COUNT(*) FROM ply_audience_slices WHERE day < ${bound / 96}`)).toEqual([[0]]);
    expect(await s.rows(`SELECT COUNT(*) FROM ply_audience_windows WHERE day < ${bound / 96}`)).toEqual([
      [0],
    ]);
    // A day without slices is where its noon is.
    const known = (slice: number): number => (slice < bound ? Math.ceil((slice - 48) / 96) * 96 : slice);
    const expectDays = async (subject: AudienceSubject, counts: (playback: ModelPlayback) => boolean) => {
      const naive = site.audience();
      const ranges = rangesOf(random);
      const figures = await s.store.audience.summarizeFigures(ranges, subject);
      expect(figures.map((own) => ({ ...shown(own), viewers: own.viewersCount }))).toEqual(
        ranges.map(({ from, to }) => naive.of(inMs({ from: known(from), to: known(to) }), counts)),
      );
      const [range] = ranges.slice(-1) as [SliceRange];
      const inDays = inMs({ from: known(range.from), to: known(range.to) });
      expect((await s.store.audience.summarizeRetention(range, subject)).bins).toEqual(
        naive.retention(inDays, counts),
      );
    };
    await expectDays(VISIBLE, everyone);
    await expectDays({ videoId: ids.get('v2')!, includesDeleted: true }, ofVideo('v2'));
    await s.store.maintenance.rebuildRollUps(never, () => undefined);
    await expectDays(ALL, everyone);
    // What is purged leaves the days that have no slices, too; how many were there at once stays.
    await s.store.maintenance.purgeVideo(ids.get('v1')!, never);
    for (const [token, playback] of model.playbacks)
      if (playback.video === 'v1') model.playbacks.delete(token);
    const old = { from: sliceOf(FROM), to: bound };
    const [left] = await s.store.audience.summarizeAudience([old], VISIBLE);
    const { views, watchedMs } = site.audience().of(inMs(old), everyone);
    expect([left?.viewsCount, left?.watchedMs]).toEqual([views, watchedMs]);
    const top = await s.store.audience.listTopAudiences(old, 'VIEWS', 10, true);
    expect(top.map(({ videoId }) => videoId)).not.toContain(ids.get('v1'));
    expect(top.reduce((sum, own) => sum + own.viewsCount, 0)).toBe(views);
  });

  it('of a purged video is gone from all videos', async () => {
    const random = new Random(8);
    await site.play(random, 100);
    await site.expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.purgeVideo(ids.get('v4')!, never);
    for (const [token, playback] of model.playbacks)
      if (playback.video === 'v4') model.playbacks.delete(token);
    await site.expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.rollUp(never);
    await site.expectModel(random, VISIBLE, everyone);
  });

  it('is rolled up by the job, so that a read finds nothing left to do', async () => {
    await site.play(new Random(9), 30);
    const report = await s.store.maintenance.rollUp(never);
    expect(await s.rows('SELECT COUNT(*) FROM ply_dirty_periods WHERE level = 0')).toEqual([[0]]);
    expect((await s.store.maintenance.rollUp(never)).cellsCount).toBe(0);
    expect(report.cellsCount).toBeGreaterThanOrEqual(0);
  });
});
