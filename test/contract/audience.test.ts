import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listAudienceTrend,
  type AudienceSubject,
  type AudienceTotals,
} from '../../src/domain/playback/audience.js';
import { BLOCK_LEVELS, blocksWith } from '../../src/domain/playback/day-blocks.js';
import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import { RollUpLevel } from '../../src/domain/playback/enums.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS, SLICE_MS, sliceOf, type SliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { Random } from '../fuzz/random.js';
import { AudienceModel, type ModelRange } from '../model/audience-model.js';
import { PlaybackModel, type ModelPlayback } from '../model/playback-model.js';
import { uuid, videoFields } from '../support/commands.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;
const FROM = Date.parse('2026-01-20T00:00:00Z');
const DAYS = 75;
const DURATIONS = new Map([
  ['v1', 600_000],
  ['v2', 90_000],
  ['v3', 0],
  ['v4', 3_600_000],
]);
const ALL: AudienceSubject = { videoId: null, includesDeleted: true };
const VISIBLE: AudienceSubject = { videoId: null, includesDeleted: false };

let s: TestStore;
let model: PlaybackModel;
let ids: ReadonlyMap<string, number>;
beforeEach(async () => {
  s = await openTestStore();
  model = new PlaybackModel(DURATIONS);
  const videos = [...DURATIONS].map(([key, durationMs]) => ({
    kind: 'upsertVideo' as const,
    video: videoFields(key, { durationMs }),
    receivedAtMs: FROM,
  }));
  await s.store.apply([videos], FROM);
  ids = new Map(
    (await s.rows('SELECT video_key, video_id FROM imm_videos')).map(([k, id]) => [String(k), Number(id)]),
  );
});
afterEach(() => s[Symbol.asyncDispose]());

/** Evenings are busier than nights, some days have nobody, some playbacks lie over midnight and over a month's end. */
async function play(random: Random, count: number, first = 1, days = DAYS): Promise<void> {
  const commands: PlaybackCommand[] = [];
  for (let n = first; n < first + count; n += 1) {
    const day = Math.floor(random.next() * random.next() * days);
    let atMs =
      FROM + day * DAY_MS + (random.chance(0.7) ? random.int(19, 23) : random.int(0, 23)) * 3_600_000;
    atMs += random.int(0, 3_599_999);
    const viewerUuid = random.chance(0.8) ? uuid(5_000 + random.int(0, 30)) : null;
    const videoKey = random.pick([...DURATIONS.keys()]);
    const quality = random.pick([null, '480p', '720p', '1080p']);
    commands.push(startPlayback(n, atMs, { videoKey, viewerUuid, quality }));
    let position = 0;
    for (let k = random.int(0, 6); k > 0; k -= 1) {
      const stepMs = random.pick([10_000, 60_000, 1_200_000]);
      atMs += stepMs;
      position = Math.min(DURATIONS.get(videoKey)! || 1e9, random.chance(0.9) ? position + stepMs : 0);
      commands.push(heartbeat(n, atMs, position, { isPlaying: random.chance(0.9) }));
    }
    if (random.chance(0.8)) commands.push(endPlayback(n, atMs + 5_000));
  }
  for (const command of commands) model.take(command);
  // In flushes of some size, and not in the order of time: what is late is rolled up all the same.
  for (let done = 0; done < commands.length; done += 200) {
    await s.store.apply([commands.slice(done, done + 200)], FROM);
    if (random.chance(0.5)) await s.store.maintenance.rollUp(never);
  }
}

const audience = () => new AudienceModel([...model.playbacks.values()], (p) => model.isCompleted(p));
const inMs = ({ from, to }: SliceRange): ModelRange => ({ from: from * SLICE_MS, to: to * SLICE_MS });
const shown = ({
  viewsCount,
  completedCount,
  timedCount,
  watchedMs,
  peakCount,
  peakAtMs,
}: AudienceTotals) => ({
  views: viewsCount,
  completed: completedCount,
  timed: timedCount,
  watchedMs,
  peak: peakCount,
  peakAt: peakAtMs,
});

/** Ranges of every shape: inside a day, whole days, over months, everything, nothing. */
function rangesOf(random: Random, days = DAYS): SliceRange[] {
  const first = sliceOf(FROM);
  const last = first + days * 96;
  const ranges: SliceRange[] = [
    { from: 0, to: last + 10_000 },
    { from: sliceOf(Date.parse('2026-02-01')), to: sliceOf(Date.parse('2026-04-01')) },
    { from: last, to: last + 500 },
  ];
  for (let n = 0; n < 12; n += 1) {
    const from = random.int(first - 50, last);
    ranges.push({ from, to: from + 1 + Math.floor(random.next() ** 3 * (last - from)) });
  }
  // 24 hours, as a day is in some zone: from before the first one to after the last one.
  for (let from = first - 110; from < last; from += random.int(1, 400)) ranges.push({ from, to: from + 96 });
  return ranges;
}

async function expectModel(
  random: Random,
  subject: AudienceSubject,
  counts: (playback: ModelPlayback) => boolean,
  days = DAYS,
): Promise<void> {
  const store = s.store.audience;
  const naive = audience();
  const ranges = rangesOf(random, days);
  const totals = await store.summarizeAudience(ranges, subject);
  const figures = await store.summarizeFigures(ranges, subject);
  const expected = ranges.map((range) => naive.of(inMs(range), counts));
  expect(figures.map((own) => ({ ...shown(own), viewers: own.viewersCount }))).toEqual(expected);
  expect(figures).toEqual(totals.map((own, i) => ({ ...own, viewersCount: expected[i]!.viewers })));
  for (const range of ranges.slice(0, 6)) {
    const { bins } = await store.summarizeRetention(range, subject);
    expect(bins).toEqual(naive.retention(inMs(range), counts));
    const qualities = await store.summarizeQualities(range, subject);
    expect(
      new Map(qualities.map((q) => [q.quality, { views: q.viewsCount, watchedMs: q.watchedMs }])),
    ).toEqual(naive.qualities(inMs(range), counts));
  }
}

const everyone = (): boolean => true;
const ofVideo = (key: string) => (p: ModelPlayback) => p.video === key;

describe('the audience', () => {
  it.each([1, 2])(
    'is what the naive model counts, for all videos and for each, in any range (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      await play(random, 250);
      await expectModel(random, VISIBLE, everyone);
      await expectModel(random, ALL, everyone);
      for (const key of ['v1', 'v3']) {
        await expectModel(random, { videoId: ids.get(key)!, includesDeleted: false }, ofVideo(key));
      }
      // What comes later repairs cells that are there.
      await play(random, 60, 1_000);
      await expectModel(random, VISIBLE, everyone);
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
      await expectModel(random, VISIBLE, everyone);
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

  it('reads blocks of days where they are there, and the days themselves when one of them has changed', async () => {
    const span = 700;
    const random = new Random(5);
    await play(random, 500, 1, span);
    await s.store.maintenance.rollUp(never);
    const ofFirst = { videoId: ids.get('v1')!, includesDeleted: false };
    const expectModels = async (): Promise<void> => {
      await expectModel(random, VISIBLE, everyone, span);
      await expectModel(random, ofFirst, ofVideo('v1'), span);
      for (const range of rangesOf(random, span).slice(0, 40)) {
        const top = await s.store.audience.listTopAudiences(range, 'VIEWS', 10, false);
        expect(top.map((own) => [own.videoId, own.viewsCount, own.viewersCount])).toEqual(ranked(range));
      }
    };
    const ranked = (range: SliceRange): number[][] =>
      [...ids]
        .map(([key, id]) => ({ id, ...audience().of(inMs(range), ofVideo(key)) }))
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
      expect(await figuresOf(range, VISIBLE)).toBe(audience().of(inMs(range), everyone).viewers);
    }
    for (const count of [4, 16, 64, 84, 320, 396]) {
      const range = { from: begin * 96, to: (begin + count) * 96 };
      expect(await figuresOf(range, ofFirst)).toBe(audience().of(inMs(range), ofVideo('v1')).viewers);
      const top = await s.store.audience.listTopAudiences(range, 'VIEWS', 10, false);
      expect(top.map(({ videoId, viewsCount, viewersCount }) => [videoId, viewsCount, viewersCount])).toEqual(
        ranked(range),
      );
    }
  });

  it('makes a block again that was made while another process changed one of its days', async () => {
    const span = 300;
    const random = new Random(12);
    await play(random, 200, 1, span);
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
      await expectModel(random, VISIBLE, everyone, span);
      await expectModel(random, ofFirst, ofVideo('v1'), span);
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
    expect(figures?.viewersCount).toBe(audience().of(inMs(range), ofVideo('v1')).viewers);
  });

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
      await play(random, 150);
      await s.store.maintenance.rollUp(never);
      const naive = audience();
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
    await play(new Random(3), 120);
    const naive = audience();
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
    await play(random, 120);
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
      await expectModel(random, VISIBLE, (p) => p.video !== 'v1');
      await expectModel(random, ALL, everyone);
      // Windows that are not there any more, and those that were counted again.
      await s.store.maintenance.rollUp(never);
    }
    const top = (includesDeleted: boolean) =>
      s.store.audience.listTopAudiences({ from: 0, to: 1e9 }, 'VIEWS', 10, includesDeleted);
    expect((await top(false)).map(({ videoId }) => videoId)).not.toContain(ids.get('v1'));
    expect((await top(true)).map(({ videoId }) => videoId)).toContain(ids.get('v1'));
    await s.store.library.restoreEntry('one', FROM);
    await expectModel(random, VISIBLE, everyone);
  });

  it('loses a viewer who is forgotten, and keeps the playbacks', async () => {
    const random = new Random(5);
    await play(random, 120);
    await s.store.maintenance.rollUp(never);
    await expectModel(random, VISIBLE, everyone);
    await s.store.playback.forgetViewer(uuid(5_003));
    for (const playback of model.playbacks.values())
      if (playback.viewer === uuid(5_003)) playback.viewer = null;
    await expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.rollUp(never);
    await expectModel(random, VISIBLE, everyone);
  });

  it('stays what it was when its playbacks leave retention, whatever changes later', async () => {
    const random = new Random(6);
    await play(random, 200);
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
    await expectModel(random, VISIBLE, everyone);
    // A rebuild makes anew what can be made anew, and leaves the rest.
    await s.store.maintenance.rebuildRollUps(never, () => undefined);
    await expectModel(random, ALL, everyone);
    // Viewers without a playback go as well.
    const seen = new Set(
      [...model.playbacks.values()]
        .filter((p) => sliceOf(p.last) >= sliceOf(nowMs - 40 * DAY_MS))
        .map((p) => p.viewer),
    );
    seen.delete(null);
    expect(Number((await s.rows('SELECT COUNT(*) FROM ply_viewers'))[0]?.[0])).toBe(seen.size);
    await expectModel(random, { videoId: ids.get('v2')!, includesDeleted: true }, ofVideo('v2'));
  });

  it('loses its slices with their window, but never before its playbacks; its days answer where they were', async () => {
    const random = new Random(11);
    await play(random, 200);
    const nowMs = FROM + DAYS * DAY_MS;
    const keepAll = RETENTION_PRESETS['keep-all'];
    const prune = async (days: { playbacks: number; audienceSlices: number }, isDryRun = false) => {
      const reports = await s.store.maintenance.prune({ ...keepAll, ...days }, nowMs, { isDryRun }, never);
      return reports.find(({ table }) => table === 'audienceSlices')?.rowCount;
    };
    const rows = async (): Promise<number> =>
      Number((await s.rows('SELECT COUNT(*) FROM ply_audience_slices'))[0]?.[0]);
    await s.store.maintenance.rollUp(never);
    await expectModel(random, VISIBLE, everyone);
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
      const naive = audience();
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
    const { views, watchedMs } = audience().of(inMs(old), everyone);
    expect([left?.viewsCount, left?.watchedMs]).toEqual([views, watchedMs]);
    const top = await s.store.audience.listTopAudiences(old, 'VIEWS', 10, true);
    expect(top.map(({ videoId }) => videoId)).not.toContain(ids.get('v1'));
    expect(top.reduce((sum, own) => sum + own.viewsCount, 0)).toBe(views);
  });

  it('of a purged video is gone from all videos', async () => {
    const random = new Random(8);
    await play(random, 100);
    await expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.purgeVideo(ids.get('v4')!, never);
    for (const [token, playback] of model.playbacks)
      if (playback.video === 'v4') model.playbacks.delete(token);
    await expectModel(random, VISIBLE, everyone);
    await s.store.maintenance.rollUp(never);
    await expectModel(random, VISIBLE, everyone);
  });

  it('is rolled up by the job, so that a read finds nothing left to do', async () => {
    await play(new Random(9), 30);
    const report = await s.store.maintenance.rollUp(never);
    expect(await s.rows('SELECT COUNT(*) FROM ply_dirty_periods WHERE level = 0')).toEqual([[0]]);
    expect((await s.store.maintenance.rollUp(never)).cellsCount).toBe(0);
    expect(report.cellsCount).toBeGreaterThanOrEqual(0);
  });
});
