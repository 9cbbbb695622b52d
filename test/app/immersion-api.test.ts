import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';

/** Everything a client can do with sessions, over HTTP, with numbers one can check by hand. */
let t: TestApp;
const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const clock = new FakeClock(NOW);
const MORNING = Date.parse('2026-11-21T08:00:00.000Z');
const A = '0a000000-0000-4000-8000-00000000000a';
const B = '0b000000-0000-4000-8000-00000000000b';
const RECEIPT =
  'accepted duplicates dropped truncated rejected { index path code } queueDepth queueCap retryAfterMs';

beforeAll(async () => {
  t = await bootApp({ KINOSTAT_TIMEZONE: 'Asia/Kolkata' }, clock);
  await t.data(`mutation ($input: IngestInput!) { ingest(input: $input) { ${RECEIPT} } }`, {
    input: {
      durability: 'COMMITTED',
      starts: [
        {
          sessionUuid: A,
          startedAtMs: MORNING,
          targetLanguage: 'ja',
          subtitleMode: 'TARGET',
          video: {
            videoKey: 'local:/a.mkv',
            title: 'A',
            sourceType: 'LOCAL',
            durationMs: 1_440_000,
            fps: 23.976,
          },
        },
        {
          sessionUuid: B,
          startedAtMs: MORNING - 86_400_000,
          video: {
            videoKey: 'remote:https://example.org/b',
            title: 'B',
            sourceType: 'REMOTE',
            metadata: { season: 2 },
          },
        },
      ],
      telemetry: [
        {
          sessionUuid: A,
          samples: [
            { sampleMs: MORNING, totalWatchedMs: 0 },
            {
              sampleMs: MORNING + 600_000,
              totalWatchedMs: 600_000,
              activeWatchedMs: 540_000,
              wordsSeen: 450,
              linesSeen: 60,
            },
            {
              sampleMs: MORNING + 1_200_000,
              totalWatchedMs: 1_200_000,
              activeWatchedMs: 1_080_000,
              wordsSeen: 900,
              linesSeen: 130,
              tokensSeen: 1_500,
              cardsMined: 6,
              lookupCount: 20,
              lookupHits: 15,
              pauseCount: 3,
              pauseMs: 120_000,
              seekForwardCount: 1,
              seekBackwardCount: 2,
              mediaBufferEvents: 1,
            },
          ],
        },
        {
          sessionUuid: B,
          samples: [
            {
              sampleMs: MORNING - 86_000_000,
              activeWatchedMs: 60_000,
              totalWatchedMs: 60_000,
              wordsSeen: 100,
            },
          ],
        },
      ],
      events: [
        {
          sessionUuid: A,
          events: [
            {
              tsMs: MORNING + 5_000,
              type: 'SUBTITLE_LINE',
              lineIndex: 0,
              wordsDelta: 7,
              payload: { text: '船が来た' },
            },
            { tsMs: MORNING + 6_000, type: 'CARD_MINED', cardsDelta: 1 },
          ],
        },
      ],
      ends: [{ sessionUuid: A, endedAtMs: MORNING + 1_260_000 }],
    },
  });
});
afterAll(() => t[Symbol.asyncDispose]());

const RANGE = { from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' };

describe('a session', () => {
  it('has its video, totals with ratios, timeline and events', async () => {
    const { session } = await t.data<{ session: Record<string, unknown> }>(
      `query ($id: UUID!) { session(sessionUuid: $id) { sessionUuid status startedAt endedAt targetLanguage locale subtitleMode
        isComplete droppedSamples video { title durationMs fps sourceType }
        totals { activeWatchedMs wordsSeen pauseMs cardsPerHour wordsPerMin lookupHitRate lookupsPerHundredWords samples lastSampleAt }
        timeline(maxPoints: 2) { sampleMs at wordsSeen }
        events(first: 10) { edges { node { type wordsDelta payload lineIndex } } } } }`,
      { id: A.toUpperCase() },
    );
    expect(session).toEqual({
      sessionUuid: A,
      status: 'ENDED',
      startedAt: '2026-11-21T08:00:00.000Z',
      endedAt: '2026-11-21T08:21:00.000Z',
      targetLanguage: 'ja',
      locale: null,
      subtitleMode: 'TARGET',
      isComplete: true,
      droppedSamples: 0,
      video: { title: 'A', durationMs: 1_440_000, fps: 23.98, sourceType: 'LOCAL' },
      totals: {
        activeWatchedMs: 1_080_000,
        wordsSeen: 900,
        pauseMs: 120_000,
        cardsPerHour: 20,
        wordsPerMin: 50,
        lookupHitRate: 0.75,
        lookupsPerHundredWords: 20 / 9,
        samples: 3,
        lastSampleAt: '2026-11-21T08:20:00.000Z',
      },
      timeline: [
        { sampleMs: MORNING, at: '2026-11-21T08:00:00.000Z', wordsSeen: 0 },
        { sampleMs: MORNING + 1_200_000, at: '2026-11-21T08:20:00.000Z', wordsSeen: 900 },
      ],
      events: {
        edges: [
          { node: { type: 'SUBTITLE_LINE', wordsDelta: 7, payload: { text: '船が来た' }, lineIndex: 0 } },
          { node: { type: 'CARD_MINED', wordsDelta: 0, payload: null, lineIndex: null } },
        ],
      },
    });
  });

  it('is listed newest first with cursors that lead on and back', async () => {
    const PAGE =
      'edges { cursor node { sessionUuid } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } totalCount';
    type List = {
      sessions: {
        edges: { cursor: string; node: { sessionUuid: string } }[];
        pageInfo: Record<string, unknown>;
        totalCount: number;
      };
    };
    const first = await t.data<List>(`{ sessions(first: 1) { ${PAGE} } }`);
    expect(first.sessions).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(first.sessions.edges[0]!.node.sessionUuid).toBe(A);
    const second = await t.data<List>(`query ($c: String) { sessions(first: 1, after: $c) { ${PAGE} } }`, {
      c: first.sessions.edges[0]!.cursor,
    });
    expect(second.sessions).toMatchObject({ pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect(second.sessions.edges[0]!.node.sessionUuid).toBe(B);
    const back = await t.data<List>(`query ($c: String) { sessions(last: 1, before: $c) { ${PAGE} } }`, {
      c: second.sessions.edges[0]!.cursor,
    });
    expect(back.sessions.edges[0]!.node.sessionUuid).toBe(A);
  });

  it('costs one statement for the videos and one for the totals of a page', async () => {
    const reads: string[] = [];
    const { read } = t.app.backend;
    t.app.backend.read = (statement) => {
      reads.push(statement.sql);
      return read.call(t.app.backend, statement);
    };
    await t.data(
      '{ sessions { edges { node { video { title } totals { wordsSeen } isComplete droppedSamples } } } }',
    );
    t.app.backend.read = read;
    expect(reads.filter((sql) => sql.includes('sys_api_tokens')).length).toBeLessThanOrEqual(1);
    expect(reads.filter((sql) => !sql.includes('sys_api_tokens'))).toHaveLength(3);
  });
});

describe('statistics', () => {
  it('of a range stand beside those of the range before', async () => {
    const FIELDS = 'from to sessions wordsSeen activeWatchedMs wordsPerMin cardsPerHour';
    const { overview } = await t.data<{ overview: unknown }>(
      `query ($range: TimeRangeInput!) { overview(range: $range) { totals { ${FIELDS} } previous { ${FIELDS} } } }`,
      { range: { from: '2026-11-21T00:07:00Z', to: '2026-11-21T23:59:00Z' } },
    );
    expect(overview).toEqual({
      totals: {
        from: '2026-11-21T00:00:00.000Z',
        to: '2026-11-22T00:00:00.000Z',
        sessions: 1,
        wordsSeen: 900,
        activeWatchedMs: 1_080_000,
        wordsPerMin: 50,
        cardsPerHour: 20,
      },
      previous: {
        from: '2026-11-20T00:00:00.000Z',
        to: '2026-11-21T00:00:00.000Z',
        sessions: 1,
        wordsSeen: 100,
        activeWatchedMs: 60_000,
        wordsPerMin: 100,
        cardsPerHour: 0,
      },
    });
  });

  it('run by hour in a half-hour zone, zero-filled, with a moving average', async () => {
    const { trends } = await t.data<{ trends: { bucketStart: string }[] }>(
      `query ($range: TimeRangeInput!) { trends(range: $range, bucket: HOUR, timezone: "Asia/Kolkata") {
        bucketStart bucketEnd isPartial sessions wordsSeen wordsPerMin movingAverage(metric: WORDS_SEEN, points: 2) } }`,
      { range: { from: '2026-11-21T07:30:00Z', to: '2026-11-21T09:15:00Z' } },
    );
    expect(trends).toEqual([
      {
        bucketStart: '2026-11-21T07:30:00.000Z',
        bucketEnd: '2026-11-21T08:30:00.000Z',
        isPartial: false,
        sessions: 1,
        wordsSeen: 900,
        wordsPerMin: 50,
        movingAverage: 900,
      },
      {
        bucketStart: '2026-11-21T08:30:00.000Z',
        bucketEnd: '2026-11-21T09:30:00.000Z',
        isPartial: true,
        sessions: 0,
        wordsSeen: 0,
        wordsPerMin: null,
        movingAverage: 450,
      },
    ]);
  });

  it('narrow to videos; keys that nobody knows count nothing', async () => {
    const trends = async (keys: string[]) =>
      (
        await t.data<{ trends: { wordsSeen: number }[] }>(
          'query ($r: TimeRangeInput!, $k: [String!]) { trends(range: $r, bucket: MONTH, videoKeys: $k) { wordsSeen } }',
          { r: { from: '2026-11-01T00:00:00Z', to: '2026-11-30T00:00:00Z' }, k: keys },
        )
      ).trends.reduce((sum, { wordsSeen }) => sum + wordsSeen, 0);
    expect(await trends(['local:/a.mkv'])).toBe(900);
    expect(await trends(['local:/a.mkv', 'remote:https://example.org/b'])).toBe(1_000);
    expect(await trends(['nobody'])).toBe(0);
  });

  it('know streak, calendar, pattern, rankings and the lifetime', async () => {
    const data = await t.data<{
      streak: unknown;
      activityCalendar: unknown[];
      activityPattern: { weekday: number; hour: number; wordsSeen: number }[];
      topVideos: unknown[];
      lifetime: unknown;
    }>(
      `query ($range: TimeRangeInput!) { streak { currentDays longestDays activeDays lastActiveDay }
        activityCalendar(range: { from: "2026-11-19", to: "2026-11-21" }) { day isActive sessions wordsSeen }
        activityPattern(range: $range) { weekday hour wordsSeen }
        topVideos(range: { from: "2026-11-01T00:00:00Z", to: "2026-11-30T00:00:00Z" }, metric: WORDS_SEEN) { rank wordsSeen video { title } }
        lifetime { sessions wordsSeen } }`,
      { range: RANGE },
    );
    expect(data.streak).toEqual({
      currentDays: 2,
      longestDays: 2,
      activeDays: 2,
      lastActiveDay: '2026-11-21',
    });
    expect(data.activityCalendar).toEqual([
      { day: '2026-11-19', isActive: false, sessions: 0, wordsSeen: 0 },
      { day: '2026-11-20', isActive: true, sessions: 1, wordsSeen: 100 },
      { day: '2026-11-21', isActive: true, sessions: 1, wordsSeen: 900 },
    ]);
    expect(data.activityPattern).toHaveLength(168);
    // 08:00 UTC on Saturday is 13:30 in Kolkata.
    expect(data.activityPattern.filter(({ wordsSeen }) => wordsSeen > 0)).toEqual([
      { weekday: 6, hour: 13, wordsSeen: 900 },
    ]);
    expect(data.topVideos).toEqual([
      { rank: 1, wordsSeen: 900, video: { title: 'A' } },
      { rank: 2, wordsSeen: 100, video: { title: 'B' } },
    ]);
    expect(data.lifetime).toEqual({ sessions: 2, wordsSeen: 1_000 });
  });

  it('are stored by day and month in the zone of the server', async () => {
    const data = await t.data(
      `{ dailyRollups(range: { from: "2026-11-01", to: "2026-11-30" }) { day video { title } sessions activeMin wordsSeen wordsPerMin isImported }
        monthlyRollups(range: { from: "2026-11-05", to: "2026-11-06" }, videoKey: "local:/a.mkv") { month video { title } wordsSeen lookupHitRate } }`,
    );
    expect(data).toEqual({
      dailyRollups: [
        {
          day: '2026-11-20',
          video: null,
          sessions: 1,
          activeMin: 1,
          wordsSeen: 100,
          wordsPerMin: 100,
          isImported: false,
        },
        {
          day: '2026-11-21',
          video: null,
          sessions: 1,
          activeMin: 18,
          wordsSeen: 900,
          wordsPerMin: 50,
          isImported: false,
        },
      ],
      monthlyRollups: [{ month: '2026-11', video: { title: 'A' }, wordsSeen: 900, lookupHitRate: 0.75 }],
    });
  });

  it('of a video are of a range or of its lifetime', async () => {
    const { videos } = await t.data<{ videos: { edges: { node: unknown }[] } }>(
      `query ($range: TimeRangeInput!) { videos(orderBy: TITLE) { totalCount edges { node { videoKey metadata stats { wordsSeen sessions }
        today: stats(range: $range, timezone: "Asia/Tokyo") { wordsSeen } sessions { edges { node { sessionUuid } } }
        dailyRollups(range: { from: "2026-11-20", to: "2026-11-20" }) { wordsSeen } } } } }`,
      { range: RANGE },
    );
    expect(videos.edges.map(({ node }) => node)).toEqual([
      {
        videoKey: 'local:/a.mkv',
        metadata: null,
        stats: { wordsSeen: 900, sessions: 1 },
        today: { wordsSeen: 900 },
        sessions: { edges: [{ node: { sessionUuid: A } }] },
        dailyRollups: [],
      },
      {
        videoKey: 'remote:https://example.org/b',
        metadata: { season: 2 },
        stats: { wordsSeen: 100, sessions: 1 },
        today: { wordsSeen: 0 },
        sessions: { edges: [{ node: { sessionUuid: B } }] },
        dailyRollups: [{ wordsSeen: 100 }],
      },
    ]);
  });
});
