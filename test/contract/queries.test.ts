import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageRequest } from '../../src/domain/page.js';
import type { SessionFilter, VideoFilter } from '../../src/domain/immersion/types.js';
import { event, sample, start, T0, uuid, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const ANY: SessionFilter = {
  videoId: null,
  status: null,
  startedFromMs: null,
  startedToMs: null,
  targetLanguage: null,
};
const ALL: VideoFilter = { text: null, sourceType: null };
const forward = (size: number, from: PageRequest['start'] = null): PageRequest => ({
  direction: 'forward',
  size,
  start: from,
});

describe('a lookup by keys', () => {
  // One is asked the most, a hundred and one are more than there are statements kept for.
  it.each([0, 1, 2, 101])(
    'finds %i sessions and videos, the second time too, and none that is not there',
    async (count) => {
      const numbers = Array.from({ length: count }, (_, i) => i + 1);
      await s.store.apply([numbers.map((n) => start(n, `v${n}`))], T0);
      const { immersion } = s.store;
      for (let time = 1; time <= 2; time += 1) {
        const sessions = await immersion.listSessionsByUuids(numbers.map(uuid));
        expect(sessions.map(({ sessionUuid }) => sessionUuid).toSorted()).toEqual(numbers.map(uuid));
        const videos = await immersion.listVideosByKeys(numbers.map((n) => `v${n}`));
        expect(new Set(videos.map(({ videoKey }) => videoKey))).toEqual(new Set(numbers.map((n) => `v${n}`)));
        const again = await immersion.listVideosByIds(videos.map(({ videoId }) => videoId));
        expect(new Set(again)).toEqual(new Set(videos));
        expect(await immersion.listSessionsByUuids([uuid(999), ...numbers.map(uuid)])).toHaveLength(count);
      }
    },
  );
});

describe('the session list', () => {
  it('pages newest first, forward and back, and meets every session once even at equal instants', async () => {
    const starts = [5, 3, 3, 3, 1, 9, 7].map((minute, i) => start(i + 1, 'v1', T0 + minute * 60_000));
    await s.store.apply([starts], T0);
    const seen: string[] = [];
    let key: PageRequest['start'] = null;
    for (;;) {
      const page = await s.store.immersion.listSessions(ANY, forward(2, key));
      seen.push(...page.rows.map(({ sessionUuid }) => sessionUuid));
      const last = page.rows.at(-1);
      if (!page.hasMore || last === undefined) break;
      key = [last.startedAtMs, last.sessionId];
    }
    expect(seen).toEqual([6, 7, 1, 4, 3, 2, 5].map(uuid));
    const oldest = (await s.store.immersion.getSession(uuid(5)))!;
    const back = await s.store.immersion.listSessions(ANY, {
      direction: 'backward',
      size: 3,
      start: [oldest.startedAtMs, oldest.sessionId],
    });
    expect(back.rows.map(({ sessionUuid }) => sessionUuid)).toEqual([4, 3, 2].map(uuid));
    expect(back.hasMore).toBe(true);
  });

  it('is filtered by video, status, language and time', async () => {
    await s.store.apply(
      [
        [
          start(1, 'a', T0, { targetLanguage: 'ja' }),
          start(2, 'a', T0 + 10, { targetLanguage: 'ko' }),
          start(3, 'b', T0 + 20, { targetLanguage: 'ja' }),
        ],
      ],
      T0,
    );
    await s.store.maintenance.sweepSessions(T0 + 5, T0 + 5);
    const a = (await s.store.immersion.getVideo('a'))!.videoId;
    const list = async (filter: Partial<SessionFilter>) =>
      (await s.store.immersion.listSessions({ ...ANY, ...filter }, forward(10))).rows.map(
        (r) => r.sessionUuid,
      );
    expect(await list({ videoId: a })).toEqual([uuid(2), uuid(1)]);
    expect(await list({ targetLanguage: 'ja' })).toEqual([uuid(3), uuid(1)]);
    expect(await list({ targetLanguage: 'xx' })).toEqual([]);
    expect(await list({ status: 3 })).toEqual([uuid(1)]);
    expect(await list({ startedFromMs: T0 + 10, startedToMs: T0 + 20 })).toEqual([uuid(2)]);
    expect(await s.store.immersion.countSessions({ ...ANY, targetLanguage: 'ja' })).toBe(2);
  });
});

describe('the video list', () => {
  it('is sorted by title or by age, and searched by part of the title with % and _ as themselves', async () => {
    const titles = ['Bravo', 'alpha', 'Charlie 100%', 'Delta_1', 'DeltaX1'];
    await s.store.apply(
      titles.map((title, i) => [
        start(i + 1, title, T0, { video: videoFields(title, { title }), receivedAtMs: T0 + i }),
      ]),
      T0,
    );
    const list = async (filter: Partial<VideoFilter>, order: 'TITLE' | 'CREATED' = 'TITLE') =>
      (await s.store.immersion.listVideos({ ...ALL, ...filter }, order, forward(10))).rows.map(
        ({ title }) => title,
      );
    expect(await list({})).toEqual(['Bravo', 'Charlie 100%', 'DeltaX1', 'Delta_1', 'alpha']);
    expect(await list({}, 'CREATED')).toEqual(['DeltaX1', 'Delta_1', 'Charlie 100%', 'alpha', 'Bravo']);
    expect(await list({ text: 'ALPHA' })).toEqual(['alpha']);
    expect(await list({ text: '0%' })).toEqual(['Charlie 100%']);
    expect(await list({ text: 'a_1' })).toEqual(['Delta_1']);
    await s.store.apply([[start(9, 'u', T0, { video: videoFields('u', { title: 'Übung' }) })]], T0);
    expect([await list({ text: 'Übung' }), await list({ text: 'ÜB' })]).toEqual([['Übung'], ['Übung']]);
    expect(await s.store.immersion.countVideos({ ...ALL, sourceType: 2 })).toBe(0);
  });
});

describe('the events of a session', () => {
  it('come in time order, by type, page by page', async () => {
    const events = [7, 5, 5, 9].map((second, i) =>
      event(1, T0 + second, { clientSeq: i, type: i % 2 === 0 ? 3 : 4 }),
    );
    await s.store.apply([[start(1), ...events]], T0);
    const { sessionId } = (await s.store.immersion.getSession(uuid(1)))!;
    const all = await s.store.immersion.listEvents(sessionId, null, forward(3));
    expect(all.rows.map(({ tsMs, clientSeq }) => [tsMs - T0, clientSeq])).toEqual([
      [5, 1],
      [5, 2],
      [7, 0],
    ]);
    const last = all.rows[2]!;
    const next = await s.store.immersion.listEvents(
      sessionId,
      null,
      forward(3, [last.tsMs, last.clientSeq, last.eventId]),
    );
    expect(next.rows.map(({ tsMs }) => tsMs - T0)).toEqual([9]);
    expect((await s.store.immersion.listEvents(sessionId, [4], forward(9))).rows).toHaveLength(2);
    expect((await s.store.immersion.listEvents(sessionId, [], forward(9))).rows).toHaveLength(0);
  });
});

describe('the timeline', () => {
  const timeline = async (maxPoints: number) => {
    const { sessionId } = (await s.store.immersion.getSession(uuid(1)))!;
    return s.store.immersion.listTimeline(sessionId, maxPoints);
  };

  it('is every stored sample when they fit', async () => {
    await s.store.apply([[start(1), ...[3, 1, 2].map((i) => sample(1, T0 + i, { wordsSeen: i }))]], T0);
    expect((await timeline(3)).map(({ sampleMs, counters }) => [sampleMs - T0, counters.wordsSeen])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('is thinned to at most the points asked for, in order, with both ends', async () => {
    await s.store.apply(
      [[start(1), ...Array.from({ length: 1_000 }, (_, i) => sample(1, T0 + i * 1_000, { wordsSeen: i }))]],
      T0,
    );
    for (const maxPoints of [1, 2, 3, 10, 300, 999]) {
      const points = await timeline(maxPoints);
      expect(points.length).toBeLessThanOrEqual(maxPoints);
      expect(points.at(-1)?.sampleMs).toBe(T0 + 999_000);
      if (maxPoints > 1) expect(points[0]?.sampleMs).toBe(T0);
      const times = points.map(({ sampleMs }) => sampleMs);
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }
    expect((await timeline(300)).length).toBeGreaterThan(250);
  });

  it('keeps a jump as steep as it was: both its samples stay', async () => {
    const samples = Array.from({ length: 1_000 }, (_, i) =>
      sample(1, T0 + i * 1_000, { wordsSeen: i < 640 ? i : i + 5_000 }),
    );
    await s.store.apply([[start(1), ...samples]], T0);
    const words = (await timeline(100)).map(({ counters }) => counters.wordsSeen);
    const width = 20;
    expect(words.some((w) => w >= 640 - width && w < 640)).toBe(true);
    expect(words.some((w) => w >= 5_640 && w < 5_640 + width)).toBe(true);
  });

  it('keeps the peak of a counter that a client set back', async () => {
    const samples = Array.from({ length: 1_000 }, (_, i) =>
      sample(1, T0 + i * 1_000, { lookupCount: i === 503 ? 900 : i % 10 }),
    );
    await s.store.apply([[start(1), ...samples]], T0);
    for (const maxPoints of [3, 20, 100]) {
      const points = await timeline(maxPoints);
      expect(points.length).toBeLessThanOrEqual(maxPoints);
      expect(Math.max(...points.map(({ counters }) => counters.lookupCount))).toBe(900);
      expect(points[0]?.sampleMs).toBe(T0);
      expect(points.at(-1)?.sampleMs).toBe(T0 + 999_000);
    }
  });
});
