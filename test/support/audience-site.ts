import { expect } from 'vitest';
import type { AudienceSubject, AudienceTotals } from '../../src/domain/playback/audience.js';
import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import { DAY_MS, SLICE_MS, sliceOf, type SliceRange } from '../../src/domain/time.js';
import type { Random } from '../fuzz/random.js';
import { AudienceModel, type ModelRange } from '../model/audience-model.js';
import { PlaybackModel, type ModelPlayback } from '../model/playback-model.js';
import { uuid, videoFields } from './commands.js';
import { endPlayback, heartbeat, startPlayback } from './playback-commands.js';
import { openTestStore, type TestStore } from './store.js';

export const FROM = Date.parse('2026-01-20T00:00:00Z');
export const DAYS = 75;
const DURATIONS = new Map([
  ['v1', 600_000],
  ['v2', 90_000],
  ['v3', 0],
  ['v4', 3_600_000],
]);
export const ALL: AudienceSubject = { videoId: null, includesDeleted: true };
export const VISIBLE: AudienceSubject = { videoId: null, includesDeleted: false };

/** Videos that are played at random, in a store and in the naive model beside it. */
export class AudienceSite implements AsyncDisposable {
  private constructor(
    readonly s: TestStore,
    readonly model: PlaybackModel,
    readonly ids: ReadonlyMap<string, number>,
  ) {}

  static async open(): Promise<AudienceSite> {
    const s = await openTestStore();
    const videos = [...DURATIONS].map(([key, durationMs]) => ({
      kind: 'upsertVideo' as const,
      video: videoFields(key, { durationMs }),
      receivedAtMs: FROM,
    }));
    await s.store.apply([videos], FROM);
    const rows = await s.rows('SELECT video_key, video_id FROM imm_videos');
    const ids = new Map(rows.map(([key, id]) => [String(key), Number(id)]));
    return new AudienceSite(s, new PlaybackModel(DURATIONS), ids);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.s[Symbol.asyncDispose]();
  }

  /** Evenings are busier than nights, some days have nobody, some playbacks lie over midnight and over a month's end. */
  async play(random: Random, count: number, first = 1, days = DAYS): Promise<void> {
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
    for (const command of commands) this.model.take(command);
    // In flushes of some size, and not in the order of time: what is late is rolled up all the same.
    for (let done = 0; done < commands.length; done += 200) {
      await this.s.store.apply([commands.slice(done, done + 200)], FROM);
      if (random.chance(0.5)) await this.s.store.maintenance.rollUp(new AbortController().signal);
    }
  }

  audience(): AudienceModel {
    return new AudienceModel([...this.model.playbacks.values()], (p) => this.model.isCompleted(p));
  }

  /** What the store answers of ranges of every shape is what the naive model counts. */
  async expectModel(
    random: Random,
    subject: AudienceSubject,
    counts: (playback: ModelPlayback) => boolean,
    days = DAYS,
  ): Promise<void> {
    const store = this.s.store.audience;
    const naive = this.audience();
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
}

export const inMs = ({ from, to }: SliceRange): ModelRange => ({ from: from * SLICE_MS, to: to * SLICE_MS });
export const shown = ({
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
export function rangesOf(random: Random, days = DAYS): SliceRange[] {
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

export const everyone = (): boolean => true;
export const ofVideo = (key: string) => (p: ModelPlayback) => p.video === key;
