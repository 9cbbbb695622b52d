import { afterEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';

const RECEIPT =
  'accepted duplicates dropped truncated rejected { index path code message } queueDepth queueCap retryAfterMs';
const UUID = '0c000000-0000-4000-8000-00000000000c';
const VIDEO = { videoKey: 'v', title: 'V', sourceType: 'REMOTE' };

interface Receipt {
  accepted: number;
  duplicates: number | null;
  dropped: number;
  truncated: number;
  rejected: { index: number; path: string; code: string; message: string }[];
  queueDepth: number;
  queueCap: number;
  retryAfterMs: number | null;
}

let t: TestApp;
afterEach(() => t[Symbol.asyncDispose]());

const call = async (field: string, type: string, input: unknown) =>
  (
    await t.data<Record<string, Receipt>>(
      `mutation ($input: ${type}!) { ${field}(input: $input) { ${RECEIPT} } }`,
      { input },
    )
  )[field]!;
const startSession = async (input: object = {}) =>
  (
    await t.data<{ startSession: { sessionUuid: string; receipt: Receipt } }>(
      `mutation ($input: StartSessionInput!) { startSession(input: $input) { sessionUuid receipt { ${RECEIPT} } } }`,
      { input: { video: VIDEO, ...input } },
    )
  ).startSession;
const now = () => Date.now();

describe('ingest', () => {
  it('answers a receipt before the commit, and a COMMITTED one with its duplicates after it', async () => {
    t = await bootApp();
    const { sessionUuid, receipt } = await startSession();
    expect(sessionUuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(receipt).toMatchObject({
      accepted: 1,
      duplicates: null,
      dropped: 0,
      rejected: [],
      queueCap: 1000,
      retryAfterMs: null,
    });
    const samples = [
      { sampleMs: now() - 2_000, wordsSeen: 1 },
      { sampleMs: now() - 1_000, wordsSeen: 2 },
    ];
    const first = await call('recordTelemetry', 'RecordTelemetryInput', {
      sessionUuid,
      samples,
      durability: 'COMMITTED',
    });
    expect(first).toMatchObject({ accepted: 2, duplicates: 0, queueDepth: 0 });
    const again = await call('recordTelemetry', 'RecordTelemetryInput', {
      sessionUuid,
      samples,
      durability: 'COMMITTED',
    });
    expect(again).toMatchObject({ accepted: 2, duplicates: 2 });
  });

  it('recognises a resent event without a number of its own by its content', async () => {
    t = await bootApp();
    await startSession({ sessionUuid: UUID });
    const tsMs = now() - 1_000;
    const events = [
      { tsMs, type: 'LOOKUP', payload: { hit: true } },
      { tsMs, type: 'LOOKUP', payload: { hit: false } },
    ];
    const record = () =>
      call('recordEvents', 'RecordEventsInput', { sessionUuid: UUID, events, durability: 'COMMITTED' });
    expect(await record()).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(await record()).toMatchObject({ accepted: 2, duplicates: 2 });
  });

  it('takes what is right of a request and says of the rest what is wrong where', async () => {
    t = await bootApp();
    const receipt = await call('ingest', 'IngestInput', {
      durability: 'COMMITTED',
      videos: [{ ...VIDEO, durationMs: -1 }],
      starts: [{ sessionUuid: UUID, video: VIDEO }],
      telemetry: [
        {
          sessionUuid: UUID,
          samples: [
            { sampleMs: now() - 3_000, wordsSeen: 1 },
            { sampleMs: now() - 2_000, wordsSeen: -1 },
            { sampleMs: now() - 1_000, lookupCount: 1, lookupHits: 2 },
            { sampleMs: now() + 3_600_000 },
          ],
        },
      ],
      ends: [{ sessionUuid: '0d000000-0000-4000-8000-00000000000d' }],
    });
    expect(receipt.accepted).toBe(2);
    expect(receipt.rejected.map(({ index, path, code }) => [index, path, code])).toEqual([
      [0, 'videos[0]', 'INVALID_VALUE'],
      [3, 'telemetry[0].samples[1]', 'INVALID_VALUE'],
      [4, 'telemetry[0].samples[2]', 'HITS_ABOVE_LOOKUPS'],
      [5, 'telemetry[0].samples[3]', 'IN_THE_FUTURE'],
      [6, 'ends[0]', 'SESSION_UNKNOWN'],
    ]);
  });

  it('replaces a payload over the cap and counts it', async () => {
    t = await bootApp({ KINOSTAT_PAYLOAD_CAP_BYTES: '64' });
    await startSession({ sessionUuid: UUID });
    const events = [{ tsMs: now() - 5, type: 'SUBTITLE_LINE', payload: { text: '字'.repeat(40) } }];
    const receipt = await call('recordEvents', 'RecordEventsInput', {
      sessionUuid: UUID,
      events,
      durability: 'COMMITTED',
    });
    expect(receipt).toMatchObject({ accepted: 1, truncated: 1 });
    const { session } = await t.data<{ session: { events: { edges: { node: { payload: unknown } }[] } } }>(
      `{ session(sessionUuid: "${UUID}") { events { edges { node { payload } } } } }`,
    );
    expect(session.events.edges[0]!.node.payload).toEqual({ truncated: true });
  });

  it('never waits for the disk: a request is answered while storage is locked by another', async () => {
    t = await bootApp();
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    const { transact } = t.app.backend;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    t.app.backend.transact = async (...args) => {
      await gate;
      return transact.apply(t.app.backend, args);
    };
    const samples = Array.from({ length: 100 }, (_, i) => ({ sampleMs: now() - 10_000 + i, wordsSeen: i }));
    const receipt = await call('recordTelemetry', 'RecordTelemetryInput', { sessionUuid: UUID, samples });
    expect(receipt.accepted).toBe(100);
    expect((await t.app.store.immersion.listSessionTotals([1]))[0]?.samplesCount).toBe(0);
    open();
    await t.app.writer.drain();
    expect((await t.app.store.immersion.listSessionTotals([1]))[0]?.samplesCount).toBe(100);
  });

  it('under BACKPRESSURE refuses with QUEUE_FULL and a time to wait; under DROP_OLDEST the session says that it is incomplete', async () => {
    t = await bootApp({ KINOSTAT_QUEUE_CAP: '25', KINOSTAT_OVERFLOW_POLICY: 'BACKPRESSURE' });
    await startSession({ sessionUuid: UUID });
    const samples = Array.from({ length: 26 }, (_, i) => ({ sampleMs: now() - 1_000 + i }));
    const { errors } = await t.ask(
      'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }',
      {
        input: { sessionUuid: UUID, samples },
      },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    await t.app.writer.drain();
    let open = (): void => undefined;
    const { transact } = t.app.backend;
    const gate = new Promise<void>((resolve) => (open = resolve));
    t.app.backend.transact = async (...args) => {
      await gate;
      return transact.apply(t.app.backend, args);
    };
    const MUTATION =
      'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }';
    const send = (count: number) =>
      t.ask(MUTATION, { input: { sessionUuid: UUID, samples: samples.slice(0, count) } });
    expect((await send(25)).errors).toBeUndefined();
    expect((await send(20)).errors).toBeUndefined();
    expect((await send(6)).errors?.[0]?.extensions).toMatchObject({ code: 'QUEUE_FULL', retryAfterMs: 500 });
    open();
    await t[Symbol.asyncDispose]();

    t = await bootApp({ KINOSTAT_QUEUE_CAP: '25' });
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    const receipt = await call('recordTelemetry', 'RecordTelemetryInput', { sessionUuid: UUID, samples });
    expect(receipt).toMatchObject({ accepted: 25, dropped: 1, retryAfterMs: 500 });
    await t.app.writer.drain();
    await call('recordTelemetry', 'RecordTelemetryInput', {
      sessionUuid: UUID,
      samples: [{ sampleMs: now() }],
      durability: 'COMMITTED',
    });
    const { session } = await t.data<{ session: object }>(
      `{ session(sessionUuid: "${UUID}") { isComplete droppedSamples totals { samples } } }`,
    );
    expect(session).toEqual({ isComplete: false, droppedSamples: 1, totals: { samples: 26 } });
  });

  it('keeps a session and its numbers over a restart', async () => {
    t = await bootApp();
    await startSession({ sessionUuid: UUID });
    await call('recordTelemetry', 'RecordTelemetryInput', {
      sessionUuid: UUID,
      samples: [{ sampleMs: now() - 5, wordsSeen: 3 }],
    });
    await t.app.close();
    await using again = await bootApp({}, undefined, t.folder);
    const { session } = await again.data<{ session: object }>(
      `{ session(sessionUuid: "${UUID}") { totals { wordsSeen samples } } }`,
    );
    expect(session).toEqual({ totals: { wordsSeen: 3, samples: 1 } });
  });
});

describe('administration', () => {
  it('shows, requeues and discards dead letters', async () => {
    t = await bootApp();
    const input = {
      sessionUuid: UUID,
      samples: [
        { sampleMs: now() - 5, wordsSeen: 3 },
        { sampleMs: now() - 4, wordsSeen: 4 },
      ],
      durability: 'COMMITTED',
    };
    await call('recordTelemetry', 'RecordTelemetryInput', input);
    const LIST =
      '{ deadLetters(code: "SESSION_UNKNOWN") { totalCount edges { node { deadLetterId kind sessionUuid command } } } }';
    const { deadLetters } = await t.data<{
      deadLetters: { totalCount: number; edges: { node: { deadLetterId: number } }[] };
    }>(LIST);
    expect(deadLetters.totalCount).toBe(2);
    expect(await t.data('mutation { requeueDeadLetters { applied refused } }')).toEqual({
      requeueDeadLetters: { applied: 0, refused: 2 },
    });
    const { deadLetters: still } =
      await t.data<typeof deadLetters extends infer T ? { deadLetters: T } : never>(LIST);
    const ids = still.edges.map(({ node }) => node.deadLetterId);
    expect(
      await t.data('mutation ($ids: [SafeInt!]) { discardDeadLetters(ids: $ids) { discarded } }', {
        ids: ids.slice(0, 1),
      }),
    ).toEqual({
      discardDeadLetters: { discarded: 1 },
    });
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    expect((await t.data<{ deadLetters: { totalCount: number } }>(LIST)).deadLetters.totalCount).toBe(0);
    const [[audits] = []] = await t.app.backend.read({
      sql: 'SELECT COUNT(*) FROM sys_audit_log',
      params: [],
    });
    expect(audits).toBe(2);
  });

  it('purges a video and writes that down', async () => {
    t = await bootApp();
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    expect(await t.data('mutation { purgeVideo(videoKey: "v") { sessions rows } }')).toEqual({
      purgeVideo: { sessions: 1, rows: 0 },
    });
    const { errors } = await t.ask('mutation { purgeVideo(videoKey: "v") { sessions } }');
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    const rows = await t.app.backend.read({
      sql: 'SELECT action, subject, token_id FROM sys_audit_log',
      params: [],
    });
    expect(rows).toEqual([['purgeVideo', 'v', null]]);
  });

  it('runs jobs by name, keeps their history, and shows both', async () => {
    const clock = new FakeClock();
    t = await bootApp({}, clock);
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    const run = async (name: string) =>
      (
        await t.data<{ runJob: { status: string; summary: string } }>(
          'mutation ($n: String!) { runJob(name: $n) { status summary } }',
          { n: name },
        )
      ).runJob;
    expect(await run('roll-up')).toEqual({ status: 'SUCCEEDED', summary: '2 slices, 1 days, 1 months' });
    expect(await run('prune')).toEqual({ status: 'SUCCEEDED', summary: 'nothing to remove' });
    expect(await run('archive-purge')).toEqual({
      status: 'SUCCEEDED',
      summary: '0 deleted entries purged',
    });
    expect(await run('transcoding-sweep')).toEqual({
      status: 'SUCCEEDED',
      summary: '0 lost transcoding jobs taken back',
    });
    expect(await run('cache-eviction')).toEqual({
      status: 'SUCCEEDED',
      summary: '0 expired, 0 least used, 0 bytes removed',
    });
    expect(await run('optimize')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run('vacuum')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run('checkpoint')).toMatchObject({ status: 'SUCCEEDED' });
    clock.set(clock.now() + 3_600_000);
    expect(await run('sweep')).toEqual({ status: 'SUCCEEDED', summary: '1 sessions abandoned' });
    const data = await t.data<{
      jobRuns: { edges: { node: { jobName: string } }[] };
      serverStatus: { jobs: { name: string; lastRun: object | null }[] };
    }>(
      '{ jobRuns(first: 3) { edges { node { jobName status } } } serverStatus { jobs { name intervalMs isRunning lastRun { status summary } } } }',
    );
    expect(data.jobRuns.edges.map(({ node }) => node.jobName)).toEqual(['sweep', 'checkpoint', 'vacuum']);
    expect(data.serverStatus.jobs.map(({ name }) => name).toSorted()).toEqual([
      'archive-purge',
      'cache-eviction',
      'checkpoint',
      'optimize',
      'prune',
      'roll-up',
      'sweep',
      'transcoding-sweep',
      'vacuum',
    ]);
    expect(data.serverStatus.jobs.every(({ lastRun }) => lastRun !== null)).toBe(true);
  });
});

describe('when storage goes away', () => {
  it('is not ready and keeps what arrives; when it is back everything is stored', async () => {
    t = await bootApp();
    await startSession({ sessionUuid: UUID });
    await t.app.writer.drain();
    // Another process that holds the write lock for as long as it likes.
    const { transact } = t.app.backend;
    const { transient } = await import('../support/scripted-store.js');
    let failures = 0;
    t.app.backend.transact = () => {
      failures += 1;
      return Promise.reject(transient());
    };
    await call('recordTelemetry', 'RecordTelemetryInput', {
      sessionUuid: UUID,
      samples: Array.from({ length: 30 }, (_, i) => ({ sampleMs: now() - 100 + i })),
    });
    await expect.poll(() => failures).toBeGreaterThan(0);
    expect((await fetch(`${t.app.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${t.app.url}/livez`)).status).toBe(200);
    t.app.backend.transact = transact;
    await t.app.writer.drain();
    expect((await fetch(`${t.app.url}/readyz`)).status).toBe(200);
    expect((await t.app.store.immersion.listSessionTotals([1]))[0]?.samplesCount).toBe(30);
  });
});
