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
  for (const slug of ['one', 'two']) {
    await server.data(
      `mutation { addEntry(input: { slug: "${slug}", video: { videoKey: "${slug}", title: "T", sourceType: REMOTE } }) { slug } }`,
    );
  }
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await until(async () => (await openSubscriptions(server)) === 0);
  await server[Symbol.asyncDispose]();
});

type Answer = Awaited<ReturnType<TestApp['ask']>>;
const LEASE = 1_800_000;
const CLAIM = uuid(501);
const FIELDS = 'jobUuid status step progressPercent attemptNumber lastError regressions';
const send = (mutation: string, input: object, fields: string): Promise<Answer> =>
  server.ask(
    `mutation ($input: ${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${fields} } }`,
    { input },
  );
const enqueue = (slug = 'one', fields: object = {}) =>
  send('enqueueTranscoding', { slug, jobUuid: uuid(slug === 'one' ? 1 : 2), ...fields }, FIELDS);
const claim = (fields: object = {}) =>
  send(
    'claimTranscodingJob',
    { workerId: 'w', claimUuid: CLAIM, ...fields },
    `claimUuid job { ${FIELDS} workerId }`,
  );
const mine = { jobUuid: uuid(1), claimUuid: CLAIM };
const report = (fields: object) =>
  send(
    'reportTranscodingProgress',
    { ...mine, ...fields },
    `ignored { quality code message } job { ${FIELDS} qualities { name status progressPercent segmentsCompleted } }`,
  );
const complete = (by: object = mine) => send('completeTranscodingJob', by, FIELDS);
const fail = (fields: object = {}) =>
  send('failTranscodingJob', { ...mine, errorMessage: 'broken', ...fields }, FIELDS);
const codeOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code);
const metric = async (name: string): Promise<string> =>
  (await (await fetch(`${server.app.url}/metrics`)).text())
    .split('\n')
    .find((line) => line.startsWith(name)) ?? '';

describe('a transcoding job', () => {
  it('goes from the queue to qualities that can be played, and the entry shows it in one query', async () => {
    await enqueue('one', { qualities: ['1080p'] });
    expect((await claim()).data).toEqual({
      claimTranscodingJob: {
        claimUuid: CLAIM,
        job: {
          jobUuid: uuid(1),
          status: 'PROCESSING',
          step: null,
          progressPercent: 0,
          attemptNumber: 1,
          lastError: null,
          regressions: 0,
          workerId: 'w',
        },
      },
    });
    await report({
      step: 'TRANSCODE',
      progressPercent: 60,
      qualities: [
        { name: '1080p', status: 'IN_PROGRESS', segmentsTotal: 8, segmentsCompleted: 3, heightPx: 1_080 },
      ],
    });
    const shown = () =>
      server.data(`{ entry(slug: "one") { status qualities { name heightPx } transcodingJob {
        status step progressPercent isStale leaseExpiresAt lastCheckpointAt completedAt
        qualities { name status segmentsTotal segmentsCompleted progressPercent } entry { slug } } } }`);
    expect(await shown()).toEqual({
      entry: {
        status: 'PROCESSING',
        qualities: [],
        transcodingJob: {
          status: 'PROCESSING',
          step: 'TRANSCODE',
          progressPercent: 60,
          isStale: false,
          leaseExpiresAt: '2026-11-21T10:30:00.000Z',
          lastCheckpointAt: '2026-11-21T10:00:00.000Z',
          completedAt: null,
          qualities: [
            {
              name: '1080p',
              status: 'IN_PROGRESS',
              segmentsTotal: 8,
              segmentsCompleted: 3,
              progressPercent: 37,
            },
          ],
          entry: { slug: 'one' },
        },
      },
    });
    expect(codeOf(await complete())).toEqual(['CONFLICT']);
    await report({ qualities: [{ name: '1080p', status: 'COMPLETED' }] });
    expect((await complete()).data).toMatchObject({ completeTranscodingJob: { status: 'COMPLETED' } });
    expect((await complete()).data).toMatchObject({ completeTranscodingJob: { status: 'COMPLETED' } });
    expect(await shown()).toMatchObject({
      entry: {
        status: 'READY',
        qualities: [{ name: '1080p', heightPx: 1_080 }],
        transcodingJob: { completedAt: '2026-11-21T10:00:00.000Z', leaseExpiresAt: null },
      },
    });
  });

  it('is made once for an entry', async () => {
    expect((await enqueue()).errors).toBeUndefined();
    expect((await enqueue()).errors).toBeUndefined();
    expect(codeOf(await enqueue('one', { jobUuid: uuid(9) }))).toEqual(['CONFLICT']);
    expect(codeOf(await enqueue('nobody'))).toEqual(['NOT_FOUND']);
    expect(codeOf(await enqueue('two', { maxAttempts: 0 }))).toEqual(['BAD_USER_INPUT']);
    expect(codeOf(await enqueue('two', { qualities: ['a', 'a'] }))).toEqual(['BAD_USER_INPUT']);
    expect(await server.data('{ transcodingJobs { totalCount } }')).toEqual({
      transcodingJobs: { totalCount: 1 },
    });
  });

  it('that goes backwards is told part by part, counted, and stays where it was', async () => {
    await enqueue();
    await claim();
    await report({ step: 'TRANSCODE', progressPercent: 50, qualities: [{ name: 'a', status: 'COMPLETED' }] });
    const { data } = await report({
      step: 'PROBE',
      qualities: [
        { name: 'a', status: 'IN_PROGRESS', progressPercent: 3 },
        { name: 'b', status: 'IN_PROGRESS' },
      ],
    });
    expect(data).toMatchObject({
      reportTranscodingProgress: {
        ignored: [
          { quality: null, code: 'PROGRESS_BACKWARDS' },
          { quality: 'a', code: 'PROGRESS_BACKWARDS' },
        ],
        job: {
          step: 'TRANSCODE',
          progressPercent: 50,
          regressions: 2,
          qualities: [
            { name: 'a', status: 'COMPLETED', progressPercent: 100 },
            { name: 'b', status: 'IN_PROGRESS', progressPercent: 0 },
          ],
        },
      },
    });
    expect(await metric('kinostat_ingest_rejected_total{code="PROGRESS_BACKWARDS"}')).toMatch(/ 2$/);
  });

  it('of another worker is not reported, completed or failed: CONFLICT, counted, and nothing changes', async () => {
    await enqueue();
    await claim();
    const other = { jobUuid: uuid(1), claimUuid: uuid(999) };
    for (const answer of [await complete(other), await fail(other), await report(other)]) {
      expect(codeOf(answer)).toEqual(['CONFLICT']);
    }
    expect(codeOf(await complete({ ...mine, jobUuid: uuid(77) }))).toEqual(['NOT_FOUND']);
    expect(await server.data(`{ transcodingJob(jobUuid: "${uuid(1)}") { status lastError } }`)).toEqual({
      transcodingJob: { status: 'PROCESSING', lastError: null },
    });
    expect(await metric('kinostat_graphql_errors_total{code="CONFLICT"}')).toMatch(/ 3$/);
  });

  it.each([
    ['a percentage above 100', { progressPercent: 101 }],
    ['a percentage below 0', { qualities: [{ name: 'a', status: 'PENDING', progressPercent: -1 }] }],
    [
      'more segments than there are',
      { qualities: [{ name: 'a', status: 'IN_PROGRESS', segmentsTotal: 1, segmentsCompleted: 2 }] },
    ],
    ['a negative count', { qualities: [{ name: 'a', status: 'IN_PROGRESS', segmentsCompleted: -1 }] }],
    ['a width of nothing', { qualities: [{ name: 'a', status: 'IN_PROGRESS', widthPx: 0 }] }],
    ['an error of what did not fail', { qualities: [{ name: 'a', status: 'COMPLETED', errorMessage: 'x' }] }],
    ['a quality without a name', { qualities: [{ name: ' ', status: 'PENDING' }] }],
    [
      'a quality twice',
      {
        qualities: [
          { name: 'a', status: 'PENDING' },
          { name: 'a', status: 'PENDING' },
        ],
      },
    ],
    ['a step nobody can name', { step: 'UNKNOWN' }],
    ['NUL in an error', { qualities: [{ name: 'a', status: 'FAILED', errorMessage: 'a\0' }] }],
  ])('takes no report with %s', async (_what, fields) => {
    await enqueue();
    await claim();
    expect(codeOf(await report(fields))).toEqual(['BAD_USER_INPUT']);
    expect(
      await server.data(`{ transcodingJob(jobUuid: "${uuid(1)}") { qualities { name } progressPercent } }`),
    ).toEqual({
      transcodingJob: { qualities: [], progressPercent: 0 },
    });
  });

  it('waits after a failure, is retried by hand when it failed for good, and can be aborted once', async () => {
    await enqueue();
    await claim();
    expect((await fail()).data).toMatchObject({
      failTranscodingJob: { status: 'PENDING', attemptNumber: 2, lastError: 'broken' },
    });
    expect((await fail()).data).toMatchObject({ failTranscodingJob: { attemptNumber: 2 } });
    expect(codeOf(await claim())).toEqual(['CONFLICT']);
    expect((await claim({ claimUuid: uuid(502) })).data).toEqual({ claimTranscodingJob: null });
    await clock.advance(60_000);
    await claim({ claimUuid: uuid(503) });
    await fail({ claimUuid: uuid(503), isFinal: true });
    const change = (mutation: string) => server.ask(`mutation { ${mutation} { ${FIELDS} } }`);
    const retry = () => change(`retryTranscodingJob(jobUuid: "${uuid(1)}")`);
    const abort = () => change(`abortTranscodingJob(jobUuid: "${uuid(1)}", reason: "wrong file")`);
    expect((await retry()).data).toMatchObject({
      retryTranscodingJob: { status: 'PENDING', attemptNumber: 1 },
    });
    expect(codeOf(await retry())).toEqual(['CONFLICT']);
    expect((await abort()).data).toMatchObject({
      abortTranscodingJob: { status: 'ABORTED', lastError: 'wrong file' },
    });
    expect(codeOf(await abort())).toEqual(['CONFLICT']);
    expect(codeOf(await change(`abortTranscodingJob(jobUuid: "${uuid(7)}")`))).toEqual(['NOT_FOUND']);
  });

  it('is found as stale when its worker is silent, and the job transcoding-sweep takes it back', async () => {
    await enqueue();
    await enqueue('two');
    await claim();
    const stale =
      '{ transcodingJobs(filter: { isStale: true }) { totalCount edges { node { jobUuid isStale workerId } } } }';
    await clock.advance(LEASE - 1);
    expect(await server.data(stale)).toEqual({ transcodingJobs: { totalCount: 0, edges: [] } });
    await clock.advance(1);
    expect(await server.data(stale)).toEqual({
      transcodingJobs: {
        totalCount: 1,
        edges: [{ node: { jobUuid: uuid(1), isStale: true, workerId: 'w' } }],
      },
    });
    expect(codeOf(await report({ progressPercent: 5 }))).toEqual(['CONFLICT']);
    expect(await server.data('mutation { runJob(name: "transcoding-sweep") { summary } }')).toEqual({
      runJob: { summary: '1 lost transcoding jobs taken back' },
    });
    expect(await server.data(stale)).toEqual({ transcodingJobs: { totalCount: 0, edges: [] } });
  });

  it('obeys the configured lease', async () => {
    await using other = await bootApp({ KINOSTAT_TRANSCODING_LEASE_MS: '20000' }, clock);
    await other.data(
      'mutation { addEntry(input: { slug: "a", video: { videoKey: "a", title: "T", sourceType: REMOTE } }) { slug } }',
    );
    await other.data('mutation { enqueueTranscoding(input: { slug: "a" }) { status } }');
    expect(
      await other.data(
        'mutation { claimTranscodingJob(input: { workerId: "w" }) { job { leaseExpiresAt } } }',
      ),
    ).toEqual({ claimTranscodingJob: { job: { leaseExpiresAt: '2026-11-21T10:00:20.000Z' } } });
  });

  it('is a node', async () => {
    await enqueue();
    const { transcodingJob } = await server.data<{ transcodingJob: { id: string } }>(
      `{ transcodingJob(jobUuid: "${uuid(1)}") { id } }`,
    );
    expect(
      await server.data(
        `{ node(id: "${transcodingJob.id}") { __typename ... on TranscodingJob { status } } }`,
      ),
    ).toEqual({ node: { __typename: 'TranscodingJob', status: 'PENDING' } });
  });

  it('refuses a cursor of another filter', async () => {
    await enqueue();
    const { transcodingJobs } = await server.data<{ transcodingJobs: { pageInfo: { endCursor: string } } }>(
      '{ transcodingJobs { pageInfo { endCursor } } }',
    );
    const answer = await server.ask(
      `{ transcodingJobs(filter: { status: PENDING }, after: "${transcodingJobs.pageInfo.endCursor}") { totalCount } }`,
    );
    expect(codeOf(answer)).toEqual(['INVALID_CURSOR']);
  });
});

describe('transcodingProgress', () => {
  const follow = async (n: number): Promise<EventStream> => {
    const stream = await openStream(
      server,
      `subscription { transcodingProgress(jobUuid: "${uuid(n)}") { status progressPercent } }`,
    );
    streams.push(stream);
    return stream;
  };
  const progress = (status: string, progressPercent: number) => ({
    data: { transcodingProgress: { status, progressPercent } },
  });
  const advanceOnceWaiting = async (): Promise<void> => {
    await until(() => clock.timerCount > 0);
    await clock.advance(100);
  };

  it('tells the state, every change, a lost lease too, and ends with the job', async () => {
    await enqueue();
    await enqueue('two');
    const stream = await follow(1);
    expect(await stream.next()).toEqual(progress('PENDING', 0));
    await claim();
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('PROCESSING', 0));
    await report({ progressPercent: 40 });
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('PROCESSING', 40));
    clock.set(clock.now() + LEASE);
    await server.app.scheduler.runNow('transcoding-sweep');
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('PENDING', 40));
    await server.data(`mutation { abortTranscodingJob(jobUuid: "${uuid(1)}") { status } }`);
    await advanceOnceWaiting();
    expect(await stream.next()).toEqual(progress('ABORTED', 40));
    expect(await stream.next()).toBeNull();
  });

  it('of no job is NOT_FOUND', async () => {
    const stream = await follow(9);
    expect((await stream.next())?.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  });
});
