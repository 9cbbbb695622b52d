import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { balanceOf } from './faults.js';

const QUEUE_CAP = 400;
const T = Date.now() - 3_600_000;

let t: TestApp;
beforeEach(async () => {
  t = await bootApp({ KINOSTAT_QUEUE_CAP: String(QUEUE_CAP), KINOSTAT_FLUSH_INTERVAL_MS: '10' });
  await t.data(
    'mutation ($input: StartSessionInput!) { startSession(input: $input) { receipt { accepted } } }',
    { input: { sessionUuid: uuid(1), video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' } } },
  );
  await t.app.writer.drain();
});
afterEach(() => t[Symbol.asyncDispose]());

const events = (from: number, count: number, durability = 'QUEUED') =>
  t.data<{ recordEvents: { accepted: number; dropped: number; duplicates: number | null } }>(
    'mutation ($input: RecordEventsInput!) { recordEvents(input: $input) { accepted dropped duplicates } }',
    {
      input: {
        sessionUuid: uuid(1),
        durability,
        events: Array.from({ length: count }, (_, i) => ({
          tsMs: T + from + i,
          type: 'SUBTITLE_LINE',
          clientSeq: from + i,
          payload: { text: 'x'.repeat(200) },
        })),
      },
    },
  );
const probe = async (path: string) => (await fetch(`${t.app.url}${path}`)).status;
const storedEvents = async () =>
  (await t.app.backend.read({ sql: 'SELECT COUNT(*) FROM imm_session_events', params: [] }))[0]?.[0];
const pragma = async (text: string) => (await t.app.backend.execute(`PRAGMA ${text}`))[0]?.[0];

describe.each([
  {
    name: 'a disk that is full',
    async begin() {
      await pragma(`max_page_count = ${Number(await pragma('page_count'))}`);
    },
    async end() {
      await pragma('max_page_count = 1073741823');
    },
  },
  {
    name: 'a file that became read-only',
    async begin() {
      await pragma('query_only = ON');
    },
    async end() {
      await pragma('query_only = OFF');
    },
  },
])('$name', ({ begin, end }) => {
  it('holds what fits the queue, says that it is not ready, and stores all of it later', async () => {
    await begin();
    let sent = 0;
    // Pages that are already there take some; then every flush fails.
    await expect
      .poll(
        async () => {
          if (!t.app.writer.status().isRetrying) {
            expect((await events(sent, 20)).recordEvents).toMatchObject({ accepted: 20, dropped: 0 });
            sent += 20;
          }
          return t.app.writer.status().isRetrying;
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(true);
    expect(await probe('/readyz')).toBe(503);
    expect(await probe('/livez')).toBe(200);
    const waiting = events(sent, 10, 'COMMITTED');
    const more = await events(sent + 10, 100);
    expect(more.recordEvents).toMatchObject({ accepted: 100, dropped: 0 });
    sent += 110;
    expect(Number(await storedEvents())).toBeLessThan(sent);
    // What is there can still be read.
    const { session } = await t.data<{ session: object }>(
      `{ session(sessionUuid: "${uuid(1)}") { sessionUuid } }`,
    );
    expect(session).toEqual({ sessionUuid: uuid(1) });
    await end();
    expect((await waiting).recordEvents).toEqual({ accepted: 10, dropped: 0, duplicates: 0 });
    await t.app.writer.drain();
    expect(await storedEvents()).toBe(sent);
    await expect.poll(() => probe('/readyz')).toBe(200);
    expect(t.app.writer.status()).toMatchObject({ dropped: 0, duplicates: 0, deadLetters: 0 });
    const { accepted, accountedFor } = balanceOf(t.app.writer);
    expect(accountedFor).toBe(accepted);
    expect(await t.app.backend.execute('PRAGMA integrity_check')).toEqual([['ok']]);
  });

  it('loses only what is over the cap, and tells how much in the session', async () => {
    await begin();
    let sent = 0;
    await expect
      .poll(
        async () => {
          if (!t.app.writer.status().isRetrying) sent += (await events(sent, 20)).recordEvents.accepted;
          return t.app.writer.status().isRetrying;
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(true);
    for (let i = 0; i < 6; i += 1) {
      await events(sent, 100);
      sent += 100;
    }
    const { dropped, depth } = t.app.writer.status();
    expect(depth).toBe(QUEUE_CAP);
    expect(dropped).toBeGreaterThanOrEqual(200);
    await end();
    await t.app.writer.drain();
    await events(sent, 1, 'COMMITTED');
    sent += 1;
    expect(await storedEvents()).toBe(sent - dropped);
    const { session } = await t.data<{ session: object }>(
      `{ session(sessionUuid: "${uuid(1)}") { droppedSamples isComplete } }`,
    );
    expect(session).toEqual({ droppedSamples: dropped, isComplete: false });
  });

  it('never makes a statistic wrong: it is right, or it is UNAVAILABLE', async () => {
    await t.data('mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }', {
      input: { sessionUuid: uuid(1), durability: 'COMMITTED', samples: [{ sampleMs: T, wordsSeen: 5 }] },
    });
    const LIFETIME = '{ lifetime { wordsSeen } }';
    await begin();
    const { errors, data } = await t.ask(LIFETIME);
    await end();
    const code = errors?.[0]?.extensions.code;
    expect(code === undefined ? data : code).toEqual(
      code === undefined ? { lifetime: { wordsSeen: 5 } } : 'UNAVAILABLE',
    );
    expect(await t.data(LIFETIME)).toEqual({ lifetime: { wordsSeen: 5 } });
  });
});
