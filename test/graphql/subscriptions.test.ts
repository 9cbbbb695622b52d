import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { endProcess, extraction, startProcess } from '../support/agent-commands.js';
import { bootApp, type TestApp } from '../support/app.js';
import { event, sample, start, T0, uuid } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openStream, openSubscriptions, type EventStream } from '../support/graphql-stream.js';
import { until } from '../support/until.js';

const ONE = uuid(1);
let clock: FakeClock;
let server: TestApp;
const streams: EventStream[] = [];
beforeEach(async () => {
  clock = new FakeClock(T0 + 3_600_000);
  server = await bootApp({}, clock);
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await until(async () => (await openSubscriptions(server)) === 0);
  await server[Symbol.asyncDispose]();
});

async function subscribe(field: string): Promise<EventStream> {
  const stream = await openStream(server, `subscription { ${field} }`);
  streams.push(stream);
  return stream;
}

/** Through the writer, as clients do: only its commits are announced. */
async function commit(...commands: WriteCommand[]): Promise<void> {
  const result = server.app.writer.enqueue(commands, 'COMMITTED');
  if (!result.isAccepted) throw new Error(result.code);
  await result.committed;
}
const lines = (linesSeen: number): WriteCommand => sample(1, T0 + linesSeen, { linesSeen });
/** Advances when the server waits for its clock. */
async function advanceOnceWaiting(deltaMs: number): Promise<void> {
  await until(() => clock.timerCount > 0);
  await clock.advance(deltaMs);
}

describe('agentActivity', () => {
  const FIELD = (filter = '') =>
    `agentActivity(filter: { ${filter} }) { agent pattern riskLevel matchedValue }`;
  const told = (matchedValue: string, fields: object = {}) => ({
    data: {
      agentActivity: { agent: 'codex', pattern: 'type_error', riskLevel: 'NONE', matchedValue, ...fields },
    },
  });
  const found = (value: string, n: number, fields: object = {}) =>
    extraction(1, T0 + n, { matchedValue: value, ...fields });

  it('gives each extraction event once, as it is stored, and none from before', async () => {
    await commit(startProcess(1), found('before', 1));
    const stream = await subscribe(FIELD());
    await until(async () => (await openSubscriptions(server)) === 1);
    await commit(found('a', 2), found('b', 0));
    await advanceOnceWaiting(100);
    expect([await stream.next(), await stream.next()]).toEqual([told('a'), told('b')]);
    await commit(found('a', 2), found('c', 3));
    await advanceOnceWaiting(100);
    expect(await stream.next()).toEqual(told('c'));
  });

  it('narrows by agent, session, pattern and least risk', async () => {
    await commit(startProcess(1), startProcess(2, 'claude'));
    const risky = await subscribe(FIELD('minRiskLevel: HIGH, agent: "codex"'));
    const other = await subscribe(FIELD(`sessionUuid: "${uuid(2)}", pattern: "other"`));
    await until(async () => (await openSubscriptions(server)) === 2);
    await commit(
      found('low', 1, { riskLevel: 2 }),
      extraction(2, T0, { riskLevel: 4, matchedValue: 'not asked for' }),
      extraction(2, T0 + 1, { pattern: 'other', matchedValue: 'of claude' }),
      found('high', 2, { riskLevel: 4 }),
    );
    await until(() => clock.timerCount === 2);
    await clock.advance(100);
    expect(await risky.next()).toEqual(told('high', { riskLevel: 'CRITICAL' }));
    expect(await other.next()).toEqual(told('of claude', { agent: 'claude', pattern: 'other' }));
  });

  it('brings everything to a client that is far behind', async () => {
    await commit(startProcess(1));
    const stream = await subscribe(FIELD());
    await until(async () => (await openSubscriptions(server)) === 1);
    await commit(...Array.from({ length: 250 }, (_, n) => found(String(n), n)));
    await advanceOnceWaiting(100);
    for (let n = 0; n < 250; n += 1) expect(await stream.next()).toEqual(told(String(n)));
  });
});

describe('sessionProgress', () => {
  const FIELD = `sessionProgress(sessionUuid: "${ONE}") { sessionUuid totals { linesSeen } video { title } }`;
  const progress = (linesSeen: number) => ({
    data: { sessionProgress: { sessionUuid: ONE, totals: { linesSeen }, video: { title: 'Title of v1' } } },
  });

  it('gives the session now, and again after a commit that touched it', async () => {
    await server.app.store.apply([[start(1)]], T0);
    const stream = await subscribe(FIELD);
    expect(await stream.next()).toEqual(progress(0));
    await commit(lines(3));
    await advanceOnceWaiting(100);
    expect(await stream.next()).toEqual(progress(3));
    await commit(lines(5));
    await advanceOnceWaiting(100);
    expect(await stream.next()).toEqual(progress(5));
  });

  it('gives only the newest state when many commits come within a tenth of a second', async () => {
    await server.app.store.apply([[start(1)]], T0);
    const stream = await subscribe(FIELD);
    await stream.next();
    await commit(lines(1));
    await until(() => clock.timerCount > 0);
    for (const count of [2, 3, 4]) await commit(lines(count));
    await clock.advance(100);
    expect(await stream.next()).toEqual(progress(4));
  });

  it('waits for a session that has not started yet', async () => {
    const stream = await subscribe(FIELD);
    await until(async () => (await openSubscriptions(server)) === 1);
    await commit(start(1));
    await advanceOnceWaiting(100);
    expect(await stream.next()).toEqual(progress(0));
  });

  it('is not woken by commits of other sessions', async () => {
    await server.app.store.apply([[start(1), start(2)]], T0);
    const stream = await subscribe(FIELD);
    await stream.next();
    await commit(sample(2, T0, { linesSeen: 9 }));
    await server.data('{ __typename }');
    expect(clock.timerCount).toBe(0);
  });

  it('ends when the client goes away: nothing is left open or listening', async () => {
    await server.app.store.apply([[start(1)]], T0);
    const opened = await Promise.all([subscribe(FIELD), subscribe(FIELD), subscribe(FIELD)]);
    for (const stream of opened) await stream.next();
    expect(await openSubscriptions(server)).toBe(3);
    opened[0].abort();
    await until(async () => (await openSubscriptions(server)) === 2);
    opened[1].abort();
    opened[2].abort();
    await until(async () => (await openSubscriptions(server)) === 0);
    await commit(lines(1));
    await server.data('{ __typename }');
    expect(clock.timerCount).toBe(0);
  });

  it('does not keep a stopping server waiting', async () => {
    const stream = await subscribe(FIELD);
    await until(async () => (await openSubscriptions(server)) === 1);
    await server.app.close();
    expect(await stream.next().catch(() => null)).toBeNull();
    expect(await openSubscriptions(server)).toBe(0);
  });
});

describe('serverStatus', () => {
  it('comes at once and then every interval', async () => {
    const stream = await subscribe('serverStatus(intervalMs: 2000) { uptimeMs queue { depth cap } }');
    const status = (uptimeMs: number) => ({
      data: { serverStatus: { uptimeMs, queue: { depth: 0, cap: 1_000 } } },
    });
    expect(await stream.next()).toEqual(status(0));
    await until(() => clock.timerCount > 0);
    await clock.advance(1_999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    expect(await stream.next()).toEqual(status(2_000));
    await advanceOnceWaiting(2_000);
    expect(await stream.next()).toEqual(status(4_000));
  });

  it('comes every second when nothing else is said', async () => {
    const stream = await subscribe('serverStatus { uptimeMs }');
    await stream.next();
    await advanceOnceWaiting(1_000);
    expect(await stream.next()).toEqual({ data: { serverStatus: { uptimeMs: 1_000 } } });
  });
});

describe('replaySession', () => {
  it('sends states and extractions of a process session', async () => {
    await server.app.store.apply(
      [[startProcess(7), extraction(7, T0 + 1_000, { clientSeq: 1 }), endProcess(7, T0 + 2_000)]],
      T0,
    );
    const stream = await subscribe(
      `replaySession(sessionUuid: "${uuid(7)}", speed: 100) { offsetMs event { tsMs } stateChange { state } extraction { pattern } }`,
    );
    const frame = { event: null, stateChange: null, extraction: null };
    const next = async () => (await stream.next())?.data?.['replaySession'];
    expect(await next()).toEqual({ ...frame, offsetMs: 0, stateChange: { state: 'STARTED' } });
    await advanceOnceWaiting(10);
    expect(await next()).toEqual({ ...frame, offsetMs: 1_000, extraction: { pattern: 'type_error' } });
    await advanceOnceWaiting(10);
    expect(await next()).toEqual({ ...frame, offsetMs: 2_000, stateChange: { state: 'COMPLETED' } });
  });

  const replay = (args: string): Promise<EventStream> =>
    subscribe(`replaySession(sessionUuid: "${ONE}"${args}) { offsetMs event { clientSeq } }`);
  const frame = (offsetMs: number, clientSeq: number) => ({
    data: { replaySession: { offsetMs, event: { clientSeq } } },
  });

  beforeEach(async () => {
    const events = [
      [30_000, 4],
      [0, 1],
      [10_000, 2],
      [10_000, 3],
    ].map(([offset = 0, clientSeq = 0]) => event(1, T0 + offset, { clientSeq }));
    await server.app.store.apply([[start(1), ...events]], T0);
  });

  it('gives the events in order, a hundred times as fast, and completes', async () => {
    const stream = await replay(', speed: 100');
    expect(await stream.next()).toEqual(frame(0, 1));
    await until(() => clock.timerCount > 0);
    await clock.advance(99);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    expect([await stream.next(), await stream.next()]).toEqual([frame(10_000, 2), frame(10_000, 3)]);
    await advanceOnceWaiting(200);
    expect(await stream.next()).toEqual(frame(30_000, 4));
    expect(await stream.next()).toBeNull();
    await until(async () => (await openSubscriptions(server)) === 0);
  });

  it('does not drift: what is late is sent at once, and the next is on time', async () => {
    const stream = await replay('');
    await stream.next();
    await until(() => clock.timerCount > 0);
    await clock.advance(25_000);
    expect([await stream.next(), await stream.next()]).toEqual([frame(10_000, 2), frame(10_000, 3)]);
    await until(() => clock.timerCount > 0);
    await clock.advance(4_999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    expect(await stream.next()).toEqual(frame(30_000, 4));
  });

  it('sends comments while nothing is due, so that the connection is not taken for dead', async () => {
    const stream = await replay('');
    const blocks: (string | null)[] = [];
    // One comes with the stream; the next are heartbeats, 12 s apart and less in tests.
    while (blocks.filter((block) => block === ':').length < 3) blocks.push(await stream.nextBlock());
    expect(blocks.filter((block) => block !== ':')).toHaveLength(1);
  });

  it('starts in the middle, without waiting for what was before', async () => {
    const stream = await replay(', speed: 100, fromMs: 10000');
    expect([await stream.next(), await stream.next()]).toEqual([frame(10_000, 2), frame(10_000, 3)]);
    await advanceOnceWaiting(200);
    expect(await stream.next()).toEqual(frame(30_000, 4));
  });

  it('goes on behind the position of a frame', async () => {
    const fields = '{ position offsetMs event { clientSeq } replay { sessionUuid speed } }';
    const from = (args: string) => subscribe(`replaySession(sessionUuid: "${ONE}", ${args}) ${fields}`);
    const first = await (await from('fromMs: 10000')).next();
    const { position } = first?.data?.['replaySession'] as { position: string };
    const next = await (await from(`after: "${position}"`)).next();
    expect(next?.data?.['replaySession']).toMatchObject({
      offsetMs: 10_000,
      event: { clientSeq: 3 },
      replay: { sessionUuid: ONE, speed: 1 },
    });
  });

  it('says so when retention has removed all events of the session', async () => {
    const retention = { ...RETENTION_PRESETS['keep-all'], events: 1 };
    const signal = new AbortController().signal;
    await server.app.store.maintenance.prune(retention, T0 + 3 * DAY_MS, { isDryRun: false }, signal);
    const stream = await replay('');
    const result = await stream.next();
    expect(result?.errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND', reason: 'PRUNED', prunedBeforeMs: T0 + 2 * DAY_MS } },
    ]);
    expect((await server.app.metrics.replays.get()).values[0]?.value).toBe(0);
  });

  it('of a stopping server ends with UNAVAILABLE', async () => {
    const stream = await replay('');
    await stream.next();
    const closing = server.app.close();
    const result = await stream.next();
    expect(result?.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
    await closing;
  });

  it('of a session nobody started is NOT_FOUND', async () => {
    const stream = await subscribe(`replaySession(sessionUuid: "${uuid(9)}") { offsetMs }`);
    const result = await stream.next();
    expect(result?.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
    expect(await stream.next()).toBeNull();
    expect(await openSubscriptions(server)).toBe(0);
  });
});
