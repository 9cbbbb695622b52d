import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import { FakeClock } from '../support/fake-clock.js';
import type { TestApp } from '../support/app.js';
import { bootContractApp } from '../support/contract-app.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';

let t: TestApp;
let clock: FakeClock;
const RANGE = '{ from: "2026-11-21T00:00:00Z", to: "2026-11-22T00:00:00Z" }';
const TREND = `audienceTrend(range: ${RANGE}, bucket: HOUR)`;
const DAY = 86_400_000;

beforeEach(async () => {
  clock = new FakeClock(T0);
  t = await bootContractApp(clock);
  const videos = ['v1', 'v2'].map((key) => ({
    kind: 'upsertVideo' as const,
    video: videoFields(key, { durationMs: 100_000 }),
    receivedAtMs: T0,
  }));
  await t.app.store.apply([videos], T0);
  await t.app.store.apply(
    [
      [
        startPlayback(1, T0, { viewerUuid: uuid(91), quality: '720p' }),
        heartbeat(1, T0 + 20_000, 20_000),
        endPlayback(1, T0 + 40_000, 40_000),
        startPlayback(2, T0 + 10_000, { viewerUuid: uuid(92), quality: '1080p', positionMs: 80_000 }),
        heartbeat(2, T0 + 20_000, 95_000),
        startPlayback(3, T0 + 30_000, { videoKey: 'v2', viewerUuid: uuid(91) }),
        startPlayback(4, T0 - DAY, { quality: '720p' }),
        endPlayback(4, T0 - DAY + 5_000, 5_000),
      ],
    ],
    T0,
  );
});
afterEach(() => t[Symbol.asyncDispose]());

describe('the audience by GraphQL', () => {
  it('is summarized with the period before beside it', async () => {
    const { audienceOverview } = await t.data(`{ audienceOverview(range: ${RANGE}) {
      from to asOf ageMs
      totals { views uniqueViewers watchedMs watchHours completed completionRate averageWatchedMs peakConcurrency peakAt }
      previous { views uniqueViewers watchedMs completionRate peakConcurrency }
    } }`);
    expect(audienceOverview).toEqual({
      from: '2026-11-21T00:00:00.000Z',
      to: '2026-11-22T00:00:00.000Z',
      asOf: new Date(T0).toISOString(),
      ageMs: 0,
      totals: {
        views: 3,
        uniqueViewers: 2,
        watchedMs: 50_000,
        watchHours: 50_000 / 3_600_000,
        completed: 1,
        completionRate: 1 / 3,
        averageWatchedMs: 50_000 / 3,
        peakConcurrency: 2,
        peakAt: new Date(T0 + 10_000).toISOString(),
      },
      previous: { views: 1, uniqueViewers: 0, watchedMs: 5_000, completionRate: 0, peakConcurrency: 1 },
    });
  });

  it('has ratios that are null where there is nothing to divide by', async () => {
    const data = await t.data(`{
      audienceOverview(range: { from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z" }) {
        totals { views completionRate averageWatchedMs peakConcurrency peakAt } }
      audienceRetention(range: { from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z" }) {
        curve { measuredViews shares averageShare } }
    }`);
    expect(data).toEqual({
      audienceOverview: {
        totals: { views: 0, completionRate: null, averageWatchedMs: null, peakConcurrency: 0, peakAt: null },
      },
      audienceRetention: { curve: { measuredViews: 0, shares: [], averageShare: null } },
    });
  });

  it('has a trend per hour with viewers, qualities, a retention curve and a ranking', async () => {
    const data = await t.data<{
      audienceTrend: { points: { views: number; uniqueViewers: number }[]; previous: { views: number }[] };
      audienceQualities: unknown;
      audienceRetention: { curve: { shares: number[] }; previous: { shares: number[] } };
      audienceTop: unknown;
      video: unknown;
    }>(`{
      audienceTrend(range: ${RANGE}, bucket: HOUR, timezone: "Asia/Kolkata") {
        points { bucketStart views uniqueViewers peakConcurrency } previous { views } }
      audienceQualities(range: ${RANGE}) { qualities { quality views share previousViews previousWatchedMs } }
      audienceRetention(range: ${RANGE}, videoKey: "v1") {
        curve { measuredViews shares averageShare } previous { measuredViews shares } }
      audienceTop(range: ${RANGE}, metric: COMPLETED) { videos { rank video { videoKey } totals { completed uniqueViewers }
        previous { views } } }
      video(videoKey: "v2") { audience(range: ${RANGE}) { views uniqueViewers } }
    }`);
    const { points, previous } = data.audienceTrend;
    expect(points.reduce((sum, { views }) => sum + views, 0)).toBe(3);
    expect(points.filter(({ views }) => views > 0)).toEqual([
      { bucketStart: '2026-11-21T09:30:00.000Z', views: 3, uniqueViewers: 2, peakConcurrency: 2 },
    ]);
    expect(previous.reduce((sum, { views }) => sum + views, 0)).toBe(1);
    expect(data.audienceQualities).toEqual({
      qualities: [
        { quality: '720p', views: 1, share: 1 / 3, previousViews: 1, previousWatchedMs: 5_000 },
        { quality: '1080p', views: 1, share: 1 / 3, previousViews: 0, previousWatchedMs: 0 },
        { quality: null, views: 1, share: 1 / 3, previousViews: 0, previousWatchedMs: 0 },
      ],
    });
    const { curve } = data.audienceRetention;
    expect([curve.shares[0], curve.shares[40], curve.shares[41], curve.shares[80], curve.shares[96]]).toEqual(
      [0.5, 0.5, 0, 0.5, 0],
    );
    expect(data.audienceTop).toEqual({
      videos: [
        {
          rank: 1,
          video: { videoKey: 'v1' },
          totals: { completed: 1, uniqueViewers: 2 },
          previous: { views: 1 },
        },
      ],
    });
    expect(data.video).toEqual({ audience: { views: 1, uniqueViewers: 1 } });
  });

  it('counts the viewers of a trend wherever in the question they stand', async () => {
    const data = await t.data<
      Record<
        'plain' | 'spread',
        { points: { uniqueViewers: number }[]; previous: { uniqueViewers: number }[] }
      >
    >(`
      query { plain: ${TREND} { points { uniqueViewers } previous { uniqueViewers } }
        spread: ${TREND} { ...both } }
      fragment both on AudienceTrend { points { ... on AudiencePoint { ...counted } } previous { ...counted } }
      fragment counted on AudiencePoint { uniqueViewers }`);
    expect(data.plain.points.reduce((sum, { uniqueViewers }) => sum + uniqueViewers, 0)).toBe(2);
    expect(data.plain.previous.length).toBe(data.plain.points.length);
    expect(data.spread).toEqual(data.plain);
  });

  it('keeps an answer for a short time and says how old it is', async () => {
    const ask = async () =>
      (
        await t.data<{ audienceOverview: { ageMs: number; asOf: string; totals: { views: number } } }>(
          `{ audienceOverview(range: ${RANGE}) { ageMs asOf totals { views } } }`,
        )
      ).audienceOverview;
    expect(await ask()).toMatchObject({ ageMs: 0, totals: { views: 3 } });
    await t.app.store.apply([[startPlayback(9, T0 + 50_000)]], T0);
    await clock.advance(4_000);
    expect(await ask()).toMatchObject({
      ageMs: 4_000,
      asOf: new Date(T0).toISOString(),
      totals: { views: 3 },
    });
    await clock.advance(1_000);
    expect(await ask()).toMatchObject({ ageMs: 0, totals: { views: 4 } });
  });

  it('refuses what cannot be asked', async () => {
    const code = async (query: string) => (await t.ask(query)).errors?.[0]?.extensions.code;
    expect(await code(`{ audienceTop(range: ${RANGE}, first: 101) { asOf } }`)).toBe('BAD_USER_INPUT');
    expect(await code(`{ audienceOverview(range: ${RANGE}, videoKey: "nowhere") { asOf } }`)).toBe(
      'NOT_FOUND',
    );
    expect(
      await code(
        '{ audienceTrend(range: { from: "1990-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }, bucket: HOUR) { asOf } }',
      ),
    ).toBe('BAD_USER_INPUT');
  });

  describe('the period before', () => {
    /** What the store is asked while a query is answered. */
    const statementsOf = async (query: string): Promise<Statement[]> => {
      const { backend } = t.app;
      const read = backend.read.bind(backend);
      const seen: Statement[] = [];
      backend.read = (statement) => {
        seen.push(statement);
        return read(statement);
      };
      try {
        await t.data(query);
      } finally {
        backend.read = read;
      }
      return seen;
    };

    it('is read only where it is asked for', async () => {
      // Each run of each question asks once what there is.
      const runsOf = async (query: string): Promise<number> =>
        (await statementsOf(query)).filter(({ sql }) => sql.includes('ply_dirty_periods')).length;
      // Rolls up first.
      await runsOf(`{ ${TREND} { asOf } }`);
      const [top, qualities] = ['audienceTop', 'audienceQualities'].map((name) => `${name}(range: ${RANGE})`);
      const retention = `audienceRetention(range: ${RANGE})`;
      expect(await runsOf(`{ ${top} { videos { totals { views } } } }`)).toBe(1);
      expect(await runsOf(`{ ${top} { videos { previous { views } } } }`)).toBe(2);
      expect(await runsOf(`{ ${qualities} { qualities { views } } }`)).toBe(1);
      expect(await runsOf(`{ ${qualities} { qualities { previousWatchedMs } } }`)).toBe(2);
      expect(await runsOf(`{ ${retention} { curve { shares } } }`)).toBe(1);
      expect(await runsOf(`{ ${retention} { previous { shares } } }`)).toBe(2);
    });

    it('of an overview is read with the period itself', async () => {
      await statementsOf(`{ ${TREND} { asOf } }`);
      // Rows of a run, a level and periods: the first run is 0.
      const hasSecondRun = async (fields: string): Promise<boolean> =>
        (await statementsOf(`{ audienceOverview(range: ${RANGE}) { ${fields} } }`)).some(({ params }) =>
          params.some((param) => String(param).includes('[1,1,')),
        );
      expect(await hasSecondRun('totals { views }')).toBe(false);
      expect(await hasSecondRun('totals { views } previous { views }')).toBe(true);
    });

    it('is found wherever in the question it stands', async () => {
      const overview = `audienceOverview(range: ${RANGE})`;
      const data = await t.data<Record<string, { previous?: { views: number }; other?: { views: number } }>>(
        `query ($yes: Boolean = true, $no: Boolean = false) {
          alias: ${overview} { other: previous { views } }
          merged: ${overview} { totals { views } } merged: ${overview} { ... { previous { views } } }
          spread: ${overview} { ...whole }
          included: ${overview} { previous @include(if: $yes) { views } }
          left: ${overview} { asOf previous @skip(if: $yes) { views } ...whole @include(if: $no) }
        }
        fragment whole on AudienceOverview { ... on DatedAnswer { ...before } }
        fragment before on AudienceOverview { previous { views } }`,
      );
      const before = { views: 1 };
      expect(data).toMatchObject({
        alias: { other: before },
        merged: { previous: before, totals: { views: 3 } },
        spread: { previous: before },
        included: { previous: before },
        left: { asOf: new Date(T0).toISOString() },
      });
      expect(data['left']).not.toHaveProperty('previous');
    });
  });

  it('asks a page of videos in as many statements as one video', async () => {
    const { backend } = t.app;
    const read = backend.read.bind(backend);
    const countOf = async (first: number): Promise<number> => {
      let count = 0;
      backend.read = (statement) => {
        count += 1;
        return read(statement);
      };
      await t.data(
        `{ videos(first: ${first}) { edges { node { audience(range: ${RANGE}) { views uniqueViewers } } } } }`,
      );
      backend.read = read;
      return count;
    };
    // Rolls up first.
    await countOf(2);
    expect(await countOf(2)).toBe(await countOf(1));
  });
});
