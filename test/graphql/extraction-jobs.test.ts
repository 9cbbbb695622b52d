import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { T0, uuid } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openStream, openSubscriptions, type EventStream } from '../support/graphql-stream.js';
import { until } from '../support/until.js';

let clock: FakeClock;
let server: TestApp;
const streams: EventStream[] = [];
beforeEach(async () => {
  clock = new FakeClock(T0);
  server = await bootApp({}, clock);
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await until(async () => (await openSubscriptions(server)) === 0);
  await server[Symbol.asyncDispose]();
});

const ONE = uuid(1);
const CREATE = `mutation ($input: CreateExtractionJobInput!) { createExtractionJob(input: $input) {
  job { id jobUuid type status metadata progress { total processed succeeded failed cached } }
  cachedResults { video { videoKey } origin isSuccess errorCode } videosToExtract { videoKey title sourceType } } }`;
const RECORD = `mutation ($input: RecordExtractionResultsInput!) { recordExtractionResults(input: $input) {
  stored duplicates job { status progress { total processed succeeded failed cached } } } }`;
const videos = (...keys: string[]) => keys.map((videoKey) => ({ videoKey }));
const create = (input: Record<string, unknown> = {}) =>
  server.ask(CREATE, { input: { jobUuid: ONE, type: 'BATCH', videos: videos('a', 'b'), ...input } });
const record = (results: unknown, jobUuid = ONE) => server.ask(RECORD, { input: { jobUuid, results } });
const end = (mutation: string) =>
  server.ask(`mutation { ${mutation} { status errorCode errorMessage completedAt } }`);
const codeOf = ({ errors }: { errors?: readonly { extensions: { code: string } }[] }) =>
  errors?.map(({ extensions }) => extensions.code);

describe('createExtractionJob', () => {
  it('answers in one call what is cached and what is missing', async () => {
    await create({ jobUuid: uuid(2), videos: videos('cached', 'failed') });
    await server.app.backend.transact([
      { sql: "INSERT INTO trx_error_codes (name) VALUES ('NO_CAPTIONS')", params: [] },
      {
        sql: `INSERT INTO trx_transcripts (video_id, error_code_id, extracted_at_ms, created_at_ms, last_accessed_at_ms)
          SELECT video_id, CASE WHEN video_key = 'failed' THEN (SELECT id FROM trx_error_codes) END, ${T0}, ${T0}, ${T0}
          FROM imm_videos`,
        params: [],
      },
    ]);
    const { data } = await create({
      videos: [...videos('cached', 'failed'), { videoKey: 'new', title: 'New one', sourceType: 'LOCAL' }],
      metadata: { by: 'test' },
      expectedCount: 5,
    });
    expect(data).toEqual({
      createExtractionJob: {
        job: {
          id: expect.any(String) as string,
          jobUuid: ONE,
          type: 'BATCH',
          status: 'PENDING',
          metadata: { by: 'test' },
          progress: { total: 5, processed: 2, succeeded: 1, failed: 1, cached: 2 },
        },
        cachedResults: [
          { video: { videoKey: 'cached' }, origin: 'CACHE', isSuccess: true, errorCode: null },
          { video: { videoKey: 'failed' }, origin: 'CACHE', isSuccess: false, errorCode: 'NO_CAPTIONS' },
        ],
        videosToExtract: [{ videoKey: 'new', title: 'New one', sourceType: 'LOCAL' }],
      },
    });
    expect((await create()).data).toMatchObject({
      createExtractionJob: { videosToExtract: [{ videoKey: 'new' }] },
    });
  });

  it.each([
    ['1001 videos', { videos: videos(...Array.from({ length: 1_001 }, (_, i) => `v${i}`)) }],
    ['an empty key', { videos: videos(' ') }],
    ['NUL in a key', { videos: videos('a\0') }],
    ['half a character', { playlistTitle: '\ud800' }],
    ['UNKNOWN as type', { type: 'UNKNOWN' }],
    ['a negative expectation', { expectedCount: -1 }],
    ['large metadata', { metadata: { text: 'x'.repeat(5_000) } }],
  ])('refuses %s', async (_what, input) => {
    expect(codeOf(await create(input))).toEqual(['BAD_USER_INPUT']);
    expect((await server.data('{ extractionJobs { totalCount } }')).extractionJobs).toEqual({
      totalCount: 0,
    });
  });
});

describe('recordExtractionResults', () => {
  it('stores each once and tells the progress', async () => {
    await create();
    const results = [
      { video: { videoKey: 'a' }, source: 'captions', extractionMs: 900 },
      { video: { videoKey: 'b' }, errorCode: 'PRIVATE', errorMessage: 'Not for us' },
    ];
    expect((await record(results)).data).toEqual({
      recordExtractionResults: {
        stored: 2,
        duplicates: 0,
        job: {
          status: 'PROCESSING',
          progress: { total: 2, processed: 2, succeeded: 1, failed: 1, cached: 0 },
        },
      },
    });
    expect((await record(results)).data).toMatchObject({
      recordExtractionResults: { stored: 0, duplicates: 2 },
    });
    expect(
      await server.data(`{ extractionJob(jobUuid: "${ONE}") {
        results(first: 1) { edges { node { video { videoKey } source errorCode extractionMs extractedAt recordedAt } }
          pageInfo { hasNextPage } }
        missingVideos { edges { node { videoKey } } } } }`),
    ).toEqual({
      extractionJob: {
        results: {
          edges: [
            {
              node: {
                video: { videoKey: 'a' },
                source: 'captions',
                errorCode: null,
                extractionMs: 900,
                extractedAt: '2026-11-21T10:00:00.000Z',
                recordedAt: '2026-11-21T10:00:00.000Z',
              },
            },
          ],
          pageInfo: { hasNextPage: true },
        },
        missingVideos: { edges: [] },
      },
    });
  });

  it.each([
    ['a message without a code', { errorMessage: 'why' }],
    ['a negative duration', { extractionMs: -1 }],
    ['an instant of tomorrow', { extractedAtMs: T0 + 172_800_000 }],
    ['half a millisecond', { extractedAtMs: 0.5 }],
  ])('refuses %s', async (_what, fields) => {
    await create();
    expect(codeOf(await record([{ video: { videoKey: 'a' }, ...fields }]))).toEqual(['BAD_USER_INPUT']);
  });

  it('is NOT_FOUND without a job, and CONFLICT for one that has ended without them', async () => {
    const results = [{ video: { videoKey: 'a' } }];
    expect(codeOf(await record(results))).toEqual(['NOT_FOUND']);
    await create();
    await end(`completeExtractionJob(jobUuid: "${ONE}")`);
    expect(codeOf(await record(results))).toEqual(['CONFLICT']);
  });
});

describe('the end of a job', () => {
  it.each([
    [
      'completeExtractionJob',
      `jobUuid: "${ONE}"`,
      { status: 'COMPLETED', errorCode: null, errorMessage: null },
    ],
    [
      'failExtractionJob',
      `input: { jobUuid: "${ONE}", errorCode: "QUOTA", errorMessage: "No more today" }`,
      { status: 'FAILED', errorCode: 'QUOTA', errorMessage: 'No more today' },
    ],
    [
      'abortExtractionJob',
      `jobUuid: "${ONE}", reason: "Not wanted"`,
      { status: 'ABORTED', errorCode: null, errorMessage: 'Not wanted' },
    ],
  ])('comes once by %s', async (name, args, expected) => {
    const mutation = `${name}(${args})`;
    expect(codeOf(await end(mutation))).toEqual(['NOT_FOUND']);
    await create();
    expect((await end(`startExtractionJob(jobUuid: "${ONE}")`)).data).toMatchObject({
      startExtractionJob: { status: 'PROCESSING', completedAt: null },
    });
    expect((await end(mutation)).data).toEqual({
      [name]: { ...expected, completedAt: '2026-11-21T10:00:00.000Z' },
    });
    const again = await end(mutation);
    expect(codeOf(again)).toEqual(['CONFLICT']);
    expect(again.errors?.[0]?.message).toContain(`A job that is ${expected.status} cannot become`);
  });
});

describe('extractionJobs', () => {
  it('are paged, and filtered by status, type and video', async () => {
    for (const n of [1, 2, 3]) {
      await create({
        jobUuid: uuid(n),
        type: n === 2 ? 'PLAYLIST' : 'BATCH',
        videos: videos(`own${n}`, 'shared'),
      });
    }
    await end(`abortExtractionJob(jobUuid: "${uuid(3)}")`);
    const list = async (args: string) => {
      const { extractionJobs } = await server.data<{
        extractionJobs: {
          totalCount: number;
          edges: { node: { jobUuid: string } }[];
          pageInfo: { endCursor: string; hasNextPage: boolean };
        };
      }>(`{ extractionJobs(${args}) { totalCount edges { node { jobUuid progress { total } } }
        pageInfo { endCursor hasNextPage } } }`);
      return { ...extractionJobs, uuids: extractionJobs.edges.map(({ node }) => node.jobUuid) };
    };
    const first = await list('first: 2');
    expect([first.uuids, first.totalCount]).toEqual([[uuid(3), uuid(2)], 3]);
    const rest = await list(`first: 2, after: "${first.pageInfo.endCursor}"`);
    expect([rest.uuids, rest.pageInfo.hasNextPage]).toEqual([[uuid(1)], false]);
    expect((await list('filter: { status: ABORTED }')).uuids).toEqual([uuid(3)]);
    expect((await list('filter: { type: PLAYLIST }')).uuids).toEqual([uuid(2)]);
    expect((await list('filter: { videoKey: "own1" }')).uuids).toEqual([ONE]);
    expect((await list('filter: { videoKey: "shared" }')).totalCount).toBe(3);
  });

  it('are nodes', async () => {
    const { data } = await create();
    const { id } = (data as { createExtractionJob: { job: { id: string } } }).createExtractionJob.job;
    expect(
      await server.data('query ($id: ID!) { node(id: $id) { ... on ExtractionJob { jobUuid } } }', { id }),
    ).toEqual({ node: { jobUuid: ONE } });
  });
});

describe('jobProgress', () => {
  const subscribe = async (jobUuid: string): Promise<EventStream> => {
    const stream = await openStream(
      server,
      `subscription { jobProgress(jobUuid: "${jobUuid}") { status progress { processed total } } }`,
    );
    streams.push(stream);
    return stream;
  };
  const progress = (status: string, processed: number) => ({
    data: { jobProgress: { status, progress: { processed, total: 2 } } },
  });
  const advanceOnceWaiting = async (): Promise<void> => {
    await until(() => clock.timerCount > 0);
    await clock.advance(100);
  };

  it('gives the job now, after every change of it, and ends with it', async () => {
    await create();
    await create({ jobUuid: uuid(2) });
    const stream = await subscribe(ONE);
    expect(await stream.next()).toEqual(progress('PENDING', 0));
    await record([{ video: { videoKey: 'b' } }], uuid(2));
    await record([{ video: { videoKey: 'a' } }]);
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('PROCESSING', 1));
    await end(`completeExtractionJob(jobUuid: "${ONE}")`);
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('COMPLETED', 1));
    expect(await stream.next()).toBeNull();
  });

  it('of no job is NOT_FOUND', async () => {
    const stream = await subscribe(uuid(9));
    expect((await stream.next())?.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  });
});
