import Database from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUSY_TIMEOUT_MS } from '../../src/db/sqlite/pragmas.js';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { balanceOf } from './faults.js';

let t: TestApp;
let foreign: Database.Database;
beforeEach(async () => {
  t = await bootApp({ KINOSTAT_FLUSH_INTERVAL_MS: '10' });
  foreign = new Database(join(t.folder, 'test.sqlite'), { timeout: 10_000 });
  await record('startSession', 'StartSessionInput', '{ receipt { accepted } }', {
    sessionUuid: uuid(1),
    video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' },
  });
  await t.app.writer.drain();
});
afterEach(async () => {
  if (foreign.inTransaction) foreign.exec('ROLLBACK');
  foreign.close();
  await t[Symbol.asyncDispose]();
});

const record = (field: string, type: string, selection: string, input: object) =>
  t.data<Record<string, { accepted: number; duplicates: number | null }>>(
    `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`,
    { input },
  );
const T = Date.now() - 3_600_000;
const telemetry = (from: number, count: number, durability = 'QUEUED') =>
  record('recordTelemetry', 'RecordTelemetryInput', '{ accepted duplicates }', {
    sessionUuid: uuid(1),
    durability,
    samples: Array.from({ length: count }, (_, i) => ({ sampleMs: T + from + i, wordsSeen: from + i })),
  });
const ready = async () => (await fetch(`${t.app.url}/readyz`)).status;
const storedSamples = () =>
  foreign.prepare('SELECT COUNT(*), MAX(words_seen) FROM imm_session_telemetry').raw().get();

describe('a foreign process that holds the write lock', () => {
  it('for longer than the busy timeout delays what is written, and nothing else', async () => {
    foreign.exec('BEGIN IMMEDIATE');
    const heldMs = performance.now();
    const waiting = telemetry(0, 10, 'COMMITTED');
    // QUEUED requests and queries are answered meanwhile.
    await telemetry(10, 30);
    expect(
      (await t.data<{ sessions: object }>('{ sessions { edges { node { sessionUuid } } } }')).sessions,
    ).toEqual({
      edges: [{ node: { sessionUuid: uuid(1) } }],
    });
    await expect.poll(ready, { timeout: BUSY_TIMEOUT_MS + 3_000 }).toBe(503);
    expect(performance.now() - heldMs).toBeGreaterThan(BUSY_TIMEOUT_MS - 100);
    expect(storedSamples()).toEqual([0, null]);
    foreign.exec('ROLLBACK');
    expect((await waiting)['recordTelemetry']).toEqual({ accepted: 10, duplicates: 0 });
    await t.app.writer.drain();
    expect(storedSamples()).toEqual([40, 39]);
    expect(await ready()).toBe(200);
    const { accepted, accountedFor } = balanceOf(t.app.writer);
    expect(accountedFor).toBe(accepted);
    expect(t.app.writer.status().dropped).toBe(0);
  }, 30_000);

  it('again and again cannot make it lose or repeat anything', async () => {
    let isOver = false;
    let held = 0;
    const storm = (async () => {
      while (!isOver) {
        try {
          foreign.exec('BEGIN IMMEDIATE');
        } catch {
          continue;
        }
        held += 1;
        await delay(15);
        foreign.exec('COMMIT');
        await delay(1);
      }
    })();
    const requests = Array.from({ length: 60 }, (_, i) =>
      telemetry(i * 5, 5, i % 2 === 0 ? 'COMMITTED' : 'QUEUED'),
    );
    await Promise.all(requests);
    await t.app.writer.drain();
    isOver = true;
    await storm;
    expect(held).toBeGreaterThan(0);
    expect(storedSamples()).toEqual([300, 299]);
    const { accepted, accountedFor } = balanceOf(t.app.writer);
    expect(accountedFor).toBe(accepted);
    expect(t.app.writer.status()).toMatchObject({ duplicates: 0, dropped: 0, deadLetters: 0 });
  }, 30_000);
});
