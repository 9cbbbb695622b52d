import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/clock.js';
import { Scope } from '../../src/domain/access.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import { bootApp, type TestApp } from '../support/app.js';
import { RiskLevel } from '../../src/domain/agents/enums.js';
import { endProcess, extraction, processState, startProcess } from '../support/agent-commands.js';
import { event, start, T0, uuid } from '../support/commands.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openSse, type SseClient, type SseEvent } from '../support/sse-client.js';
import { until } from '../support/until.js';
import { rawRequest } from './raw-request.js';

const ONE = uuid(1);
const PATH = `/replay/${ONE}`;
let clock: FakeClock;
let server: TestApp;
const clients: SseClient[] = [];

beforeEach(async () => {
  clock = new FakeClock(T0 + 3_600_000);
  server = await bootApp({}, clock);
  await server.app.store.apply([[start(1), ...eventsAt(0, 10_000, 10_000, 30_000)]], T0);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.abort();
  await until(async () => (await openReplays()) === 0);
  await server[Symbol.asyncDispose]();
});

const eventsAt = (...offsets: number[]) =>
  offsets.map((offset, index) => event(1, T0 + offset, { clientSeq: index + 1 }));
async function open(query = '', headers: Record<string, string> = {}): Promise<SseClient> {
  const client = await openSse(server.app.url, PATH + query, { headers });
  clients.push(client);
  return client;
}
async function openReplays(of = server): Promise<number> {
  const { values } = await of.app.metrics.replays.get();
  return values[0]?.value ?? 0;
}
/** The heartbeat is one timer; the wait for the next event another. */
async function advanceOnceWaiting(deltaMs: number): Promise<void> {
  await until(() => clock.timerCount === 2);
  await clock.advance(deltaMs);
}
const seqOf = (found: SseEvent | null): unknown => (found?.data['event'] as { clientSeq: number }).clientSeq;

describe('GET /replay/:sessionUuid', () => {
  it('opens with what is replayed, sends each event when it is due, and ends', async () => {
    const client = await open('?speed=100');
    expect([client.status, client.headers['content-type'], client.headers['cache-control']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store',
    ]);
    expect(await client.next()).toEqual({
      event: 'opened',
      id: expect.any(String) as string,
      data: {
        replayId: expect.any(String) as string,
        sessionUuid: ONE,
        kind: 'IMMERSION',
        startedAtMs: T0,
        endedAtMs: null,
        offsetMs: 0,
        speed: 100,
        isPaused: false,
      },
    });
    expect(await client.next()).toMatchObject({
      event: 'event',
      data: {
        kind: 'SESSION_EVENT',
        offsetMs: 0,
        event: { tsMs: T0, clientSeq: 1, type: expect.any(String) as string },
      },
    });
    await until(() => clock.timerCount === 2);
    await clock.advance(99);
    expect(clock.timerCount).toBe(2);
    await clock.advance(1);
    expect([seqOf(await client.next()), seqOf(await client.next())]).toEqual([2, 3]);
    await advanceOnceWaiting(200);
    expect(seqOf(await client.next())).toBe(4);
    expect(await client.next()).toMatchObject({ event: 'ended', data: { offsetMs: 30_000 } });
    expect(await client.next()).toBeNull();
    await until(async () => (await openReplays()) === 0);
    expect(clock.timerCount).toBe(0);
  });

  it('begins where it is told to', async () => {
    const client = await open('?from=10000&speed=0.1');
    expect(await client.next()).toMatchObject({ event: 'opened', data: { offsetMs: 10_000 } });
    expect([seqOf(await client.next()), seqOf(await client.next())]).toEqual([2, 3]);
  });

  it('goes on behind the event that arrived last, also between two of one instant', async () => {
    const first = await open('?speed=100');
    await first.next();
    await first.next();
    await advanceOnceWaiting(100);
    const { id } = (await first.next())!;
    first.abort();
    await until(async () => (await openReplays()) === 0);
    const second = await open('?speed=100', { 'last-event-id': id! });
    expect(await second.next()).toMatchObject({ event: 'opened', id, data: { offsetMs: 10_000 } });
    expect(seqOf(await second.next())).toBe(3);
    await advanceOnceWaiting(200);
    expect(seqOf(await second.next())).toBe(4);
  });

  it('tells a client that comes back after the end to stay away', async () => {
    const client = await open('?from=30001');
    await client.next();
    const { id } = (await client.next())!;
    const again = await open('', { 'last-event-id': id! });
    expect([again.status, await again.rest()]).toEqual([204, '']);
  });

  it('says every 15 seconds that it is still there', async () => {
    const client = await open();
    await client.next();
    await client.next();
    await advanceOnceWaiting(9_000);
    await clock.advance(1_000);
    await client.next();
    await client.next();
    await advanceOnceWaiting(5_000);
    expect(await client.nextBlock()).toBe(': still here');
  });

  it('keeps time on the real clock: 30 s of session at speed 100 take 300 ms', async () => {
    await using real = await bootApp({}, systemClock);
    await real.app.store.apply([[start(1), ...eventsAt(0, 10_000, 10_000, 30_000)]], T0);
    const startedMs = performance.now();
    const client = await openSse(real.app.url, `${PATH}?speed=100`);
    const seenMs: number[] = [];
    for (let found = await client.next(); found !== null; found = await client.next())
      if (found.event === 'event') seenMs.push(performance.now() - startedMs);
    // Never early, but for the whole milliseconds of the clock; late is up to the machine.
    const dueMs = [0, 100, 100, 300];
    expect(seenMs).toHaveLength(dueMs.length);
    for (const [index, due] of dueMs.entries()) expect(seenMs[index]).toBeGreaterThan(due - 3);
    expect(seenMs.at(-1)).toBeLessThan(5_000);
  });
});

describe('controlReplay', () => {
  const FIELDS = '{ sessionUuid offsetMs speed isPaused }';
  const control = (replayId: unknown, args: string) =>
    server.ask<{ controlReplay: unknown }>(
      `mutation ($replayId: UUID!) { controlReplay(replayId: $replayId, ${args}) ${FIELDS} }`,
      { replayId },
    );
  const stateOf = async (replayId: unknown, args: string): Promise<unknown> =>
    (await control(replayId, args)).data.controlReplay;
  /** A replay that has sent its first event and waits for the one at 10 s. */
  async function opened(): Promise<{ client: SseClient; replayId: unknown }> {
    const client = await open();
    const { data } = (await client.next())!;
    await client.next();
    await until(() => clock.timerCount === 2);
    return { client, replayId: data['replayId'] };
  }

  it('pauses and resumes: what was due in 6 seconds is due in 6 seconds', async () => {
    const { client, replayId } = await opened();
    await clock.advance(4_000);
    const state = { sessionUuid: ONE, offsetMs: 4_000, speed: 1 };
    expect(await stateOf(replayId, 'action: PAUSE')).toEqual({ ...state, isPaused: true });
    expect(await client.next()).toMatchObject({
      event: 'changed',
      data: { isPaused: true, offsetMs: 4_000 },
    });
    await until(() => clock.timerCount === 1);
    await clock.advance(10_000);
    expect(clock.timerCount).toBe(1);
    expect(await stateOf(replayId, 'action: RESUME')).toEqual({ ...state, isPaused: false });
    expect(await client.next()).toMatchObject({ event: 'changed', data: { isPaused: false } });
    await until(() => clock.timerCount === 2);
    await clock.advance(5_999);
    expect(clock.timerCount).toBe(2);
    await clock.advance(1);
    expect(seqOf(await client.next())).toBe(2);
  });

  it('seeks forward and back', async () => {
    const { client, replayId } = await opened();
    expect(await stateOf(replayId, 'action: SEEK, toMs: 30000')).toMatchObject({ offsetMs: 30_000 });
    expect(await client.next()).toMatchObject({ event: 'changed', data: { offsetMs: 30_000 } });
    expect(seqOf(await client.next())).toBe(4);
    const { client: other, replayId: otherId } = await opened();
    await clock.advance(10_000);
    expect([seqOf(await other.next()), seqOf(await other.next())]).toEqual([2, 3]);
    await stateOf(otherId, 'action: SEEK, toMs: 0');
    expect(await other.next()).toMatchObject({ event: 'changed', data: { offsetMs: 0 } });
    expect(seqOf(await other.next())).toBe(1);
  });

  it('changes the speed of what is still to come', async () => {
    const { client, replayId } = await opened();
    await clock.advance(5_000);
    expect(await stateOf(replayId, 'action: SET_SPEED, speed: 50')).toMatchObject({ speed: 50 });
    expect(await client.next()).toMatchObject({ event: 'changed', data: { speed: 50, offsetMs: 5_000 } });
    await advanceOnceWaiting(100);
    expect([seqOf(await client.next()), seqOf(await client.next())]).toEqual([2, 3]);
  });

  it.each([
    'action: SEEK',
    'action: SEEK, toMs: -1',
    'action: SEEK, toMs: 1, speed: 1',
    'action: SET_SPEED',
    'action: SET_SPEED, speed: 0',
    'action: SET_SPEED, speed: 101',
    'action: PAUSE, toMs: 1',
    'action: JUMP',
  ])('refuses %s and changes nothing', async (args) => {
    const { replayId } = await opened();
    const { errors } = await control(replayId, args);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await stateOf(replayId, 'action: RESUME')).toMatchObject({
      offsetMs: 0,
      speed: 1,
      isPaused: false,
    });
  });

  it('finds no replay that ended, or never was', async () => {
    const { client, replayId } = await opened();
    client.abort();
    await until(async () => (await openReplays()) === 0);
    for (const id of [replayId, uuid(7)])
      expect((await control(id, 'action: PAUSE')).errors).toMatchObject([
        { extensions: { code: 'NOT_FOUND' } },
      ]);
  });
});

describe('a replay that cannot be had', () => {
  const codeOf = (body: string): unknown => (JSON.parse(body) as { errors: unknown[] }).errors[0];
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(server.app.url, { method, path, headers });

  it.each([
    ['/replay/', {}],
    ['/replay/1', {}],
    [`${PATH}/x`, {}],
    [`${PATH}%00`, {}],
    [`${PATH}?speed=0`, {}],
    [`${PATH}?speed=100.1`, {}],
    [`${PATH}?speed=1e1`, {}],
    [`${PATH}?speed=`, {}],
    [`${PATH}?speed=NaN`, {}],
    [`${PATH}?speed=1&speed=2`, {}],
    [`${PATH}?from=-1`, {}],
    [`${PATH}?from=1.5`, {}],
    [`${PATH}?from=9999999999999999`, {}],
    [`${PATH}?token=x`, {}],
    [PATH, { 'last-event-id': 'x'.repeat(201) }],
  ])('%s with %j is a 400', async (path, headers) => {
    const { status, body } = await get(path, headers);
    expect(status).toBe(400);
    expect(codeOf(body)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  it('because the Last-Event-ID is of another session, or of nothing, is a 400', async () => {
    await server.app.store.apply([[start(2)]], T0);
    const other = await openSse(server.app.url, `/replay/${uuid(2)}`);
    const { id } = (await other.next())!;
    other.abort();
    for (const text of [id!, 'nonsense']) {
      const { status, body } = await get(PATH, { 'last-event-id': text });
      expect([status, codeOf(body)]).toMatchObject([400, { extensions: { code: 'INVALID_CURSOR' } }]);
    }
  });

  it('by another method is a 405', async () => {
    const { status, headers } = await get(PATH, {}, 'POST');
    expect([status, headers['allow']]).toEqual([405, 'GET']);
  });

  it('of a session nobody started is a 404', async () => {
    const { status, body } = await get(`/replay/${uuid(9)}`);
    expect([status, codeOf(body)]).toMatchObject([404, { extensions: { code: 'NOT_FOUND' } }]);
  });

  it('because retention has removed its events is a 410 that says so', async () => {
    const retention = { ...RETENTION_PRESETS['keep-all'], events: 1 };
    const { signal } = new AbortController();
    await server.app.store.maintenance.prune(retention, T0 + 3 * DAY_MS, { isDryRun: false }, signal);
    const { status, body } = await get(PATH);
    expect(status).toBe(410);
    expect(codeOf(body)).toMatchObject({
      extensions: { code: 'NOT_FOUND', reason: 'PRUNED', prunedBeforeMs: T0 + 2 * DAY_MS },
    });
  });

  it('because 200 run already is a 503 with Retry-After; one that goes makes room', async () => {
    const many = await Promise.all(Array.from({ length: 200 }, () => open()));
    const { status, headers, body } = await get(PATH);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect(codeOf(body)).toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    many[0]!.abort();
    await until(async () => (await openReplays()) === 199);
    expect((await open()).status).toBe(200);
  });

  it('needs the scope read, and a page that may call', async () => {
    const secret = (name: string): string => `kst_${name.padEnd(32, '0')}`;
    for (const [name, scopes] of [
      ['reader', Scope.read],
      ['client', Scope.ingest],
    ] as const) {
      const tokenHash = createHash('sha256').update(secret(name)).digest('hex');
      await server.app.store.system.createToken({ name, tokenHash, scopes, createdAtMs: 0 });
    }
    await clock.advance(1_000);
    const as = (name: string) => ({ authorization: `Bearer ${secret(name)}` });
    expect((await get(PATH)).status).toBe(401);
    expect((await get(PATH, as('client'))).status).toBe(403);
    expect((await get(PATH, { ...as('reader'), origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await open('', as('reader'))).status).toBe(200);
  });
});

describe('a stream', () => {
  it('ends with a code when the server stops', async () => {
    const client = await open();
    await client.next();
    await client.next();
    const closing = server.app.close();
    expect(await client.next()).toMatchObject({ event: 'failed', id: null, data: { code: 'UNAVAILABLE' } });
    expect(await client.next()).toBeNull();
    await closing;
  });
});

describe('the replay of a process session', () => {
  const TWO = uuid(2);
  beforeEach(() =>
    server.app.store.apply(
      [
        [
          startProcess(2),
          processState(2, T0 + 1_000),
          extraction(2, T0 + 1_000, { clientSeq: 1, riskLevel: RiskLevel.HIGH }),
          extraction(2, T0 + 1_000, { clientSeq: 2 }),
          extraction(2, T0 + 3_000, { clientSeq: 3 }),
          endProcess(2, T0 + 4_000),
        ],
      ],
      T0,
    ),
  );

  it('sends its states and extractions in time order, each when it is due', async () => {
    const client = await openSse(server.app.url, `/replay/${TWO}`);
    clients.push(client);
    expect(await client.next()).toMatchObject({
      event: 'opened',
      data: { kind: 'PROCESS', sessionUuid: TWO },
    });
    const next = async () => (await client.next())?.data;
    expect(await next()).toMatchObject({ kind: 'STATE', offsetMs: 0, event: { state: 'STARTED' } });
    await advanceOnceWaiting(1_000);
    expect(await next()).toMatchObject({ kind: 'STATE', offsetMs: 1_000, event: { state: 'RUNNING' } });
    expect(await next()).toMatchObject({
      kind: 'EXTRACTION',
      event: { type: 'error', pattern: 'type_error', riskLevel: 'HIGH', clientSeq: 1 },
    });
    expect(await next()).toMatchObject({ event: { clientSeq: 2 } });
    await advanceOnceWaiting(2_000);
    expect(await next()).toMatchObject({ event: { clientSeq: 3 } });
    await advanceOnceWaiting(1_000);
    expect(await next()).toMatchObject({ kind: 'STATE', event: { state: 'COMPLETED' } });
    expect(await client.next()).toMatchObject({ event: 'ended', data: { offsetMs: 4_000 } });
  });

  it('goes on behind any of its events, also between those of one instant', async () => {
    const seen: unknown[] = [];
    let id: string | null = null;
    for (let n = 0; n < 6; n += 1) {
      const headers: Record<string, string> = id === null ? {} : { 'Last-Event-ID': id };
      const client = await openSse(server.app.url, `/replay/${TWO}?speed=100`, { headers });
      clients.push(client);
      await client.next();
      const read = client.next();
      if (n === 1 || n === 4 || n === 5) await advanceOnceWaiting(n === 4 ? 20 : 10);
      const event = await read;
      seen.push(event?.data['kind'], (event?.data['event'] as { clientSeq?: number }).clientSeq);
      id = event?.id ?? null;
      client.abort();
      await until(async () => (await openReplays()) === 0);
    }
    expect(seen.filter((value) => value !== undefined)).toEqual([
      ...['STATE', 'STATE', 'EXTRACTION', 1, 'EXTRACTION', 2, 'EXTRACTION', 3, 'STATE'],
    ]);
  });

  it('names the code that was found by its digest', async () => {
    const codeBlock = { content: 'print()', language: 'python', isParseable: true };
    await server.app.store.apply([[startProcess(4), extraction(4, T0, { codeBlock, lineEnd: 9 })]], T0);
    const client = await openSse(server.app.url, `/replay/${uuid(4)}`);
    clients.push(client);
    for (let n = 0; n < 2; n += 1) await client.next();
    const codeDigest = createHash('sha256').update(codeBlock.content).digest('hex');
    expect((await client.next())?.data['event']).toMatchObject({ codeDigest, lineEnd: 9 });
    expect(await server.data(`{ codeBlock(digest: "${codeDigest}") { content } }`)).toEqual({
      codeBlock: { content: 'print()' },
    });
  });

  it('says so when retention has removed its extraction events; one that never had any is replayed', async () => {
    await server.app.store.maintenance.prune(
      { ...RETENTION_PRESETS['keep-all'], extractions: 1 },
      T0 + 3 * DAY_MS,
      { isDryRun: false },
      new AbortController().signal,
    );
    const answer = await rawRequest(server.app.url, { method: 'GET', path: `/replay/${TWO}` });
    expect([answer.status, answer.body]).toEqual([
      410,
      expect.stringContaining('"reason":"PRUNED"') as string,
    ]);
    await server.app.store.apply([[startProcess(3), endProcess(3, T0 + 4_000)]], T0);
    const client = await openSse(server.app.url, `/replay/${uuid(3)}`);
    clients.push(client);
    expect(await client.next()).toMatchObject({ event: 'opened', data: { kind: 'PROCESS' } });
  });
});

describe('the replay of a playback', () => {
  const TOKEN = uuid(8);
  const open8 = async (headers: Record<string, string> = {}) => {
    const client = await openSse(server.app.url, `/replay/${TOKEN}`, { headers });
    clients.push(client);
    return client;
  };

  it('sends its start and its end, with the figures of the end', async () => {
    await server.app.store.apply(
      [
        [
          startPlayback(8, T0, { durationMs: 100_000 }),
          heartbeat(8, T0 + 10_000, 10_000),
          endPlayback(8, T0 + 15_000, 15_000),
        ],
      ],
      T0,
    );
    const client = await open8();
    expect(await client.next()).toMatchObject({
      event: 'opened',
      data: { kind: 'PLAYBACK', endedAtMs: T0 + 15_000 },
    });
    const first = await client.next();
    expect(first?.data).toEqual({ kind: 'PLAYBACK', offsetMs: 0, event: { atMs: T0, moment: 'STARTED' } });
    await advanceOnceWaiting(15_000);
    const ended = {
      kind: 'PLAYBACK',
      offsetMs: 15_000,
      event: {
        ...{ moment: 'ENDED', positionMs: 15_000, watchedMs: 15_000 },
        watchedParts: Array.from({ length: 16 }, (_, part) => part),
      },
    };
    expect((await client.next())?.data).toMatchObject(ended);
    expect(await client.next()).toMatchObject({ event: 'ended' });
    client.abort();
    await until(async () => (await openReplays()) === 0);
    const again = await open8({ 'Last-Event-ID': first?.id ?? '' });
    await again.next();
    await advanceOnceWaiting(15_000);
    expect((await again.next())?.data).toMatchObject(ended);
  });

  it('ends with the last heartbeat while it is open', async () => {
    await server.app.store.apply([[startPlayback(8), heartbeat(8, T0 + 4_000, 4_000)]], T0);
    const client = await open8();
    await client.next();
    await client.next();
    await advanceOnceWaiting(4_000);
    expect((await client.next())?.data).toMatchObject({ event: { moment: 'LAST_SEEN', positionMs: 4_000 } });
  });
});
