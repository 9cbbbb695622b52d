import { afterEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { OVERFLOW_POLICIES } from '../../src/domain/write-command.js';

const CAP = 60;
const T = Date.now() - 3_600_000;
const RECEIPT = 'accepted duplicates dropped rejected { index code }';

interface Receipt {
  readonly accepted: number;
  readonly duplicates: number | null;
  readonly dropped: number;
  readonly rejected: readonly { index: number; code: string }[];
}

let t: TestApp;
let release: () => void;
afterEach(async () => {
  release();
  await t[Symbol.asyncDispose]();
});

/** A server whose store does not move until `release`. */
async function bootHeld(policy: string, sessions: readonly number[]): Promise<void> {
  t = await bootApp({ KINOSTAT_QUEUE_CAP: String(CAP), KINOSTAT_OVERFLOW_POLICY: policy });
  for (const n of sessions) {
    await t.data('mutation ($input: IngestInput!) { ingest(input: $input) { accepted } }', {
      input: {
        starts: [{ sessionUuid: uuid(n), video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' } }],
        durability: 'COMMITTED',
      },
    });
  }
  const { backend } = t.app;
  const { transact } = backend;
  const gate = new Promise<void>((resolve) => (release = resolve));
  backend.transact = async (...args) => {
    await gate;
    return transact.apply(backend, args);
  };
}

async function send(
  n: number,
  times: readonly number[],
  durability = 'QUEUED',
): Promise<Receipt | 'QUEUE_FULL'> {
  const { data, errors } = await t.ask<{ recordTelemetry: Receipt }>(
    `mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { ${RECEIPT} } }`,
    {
      input: {
        sessionUuid: uuid(n),
        durability,
        samples: times.map((i) => ({ sampleMs: i < 0 ? i : T + i, wordsSeen: i < 0 ? 0 : i })),
      },
    },
  );
  const code = errors?.[0]?.extensions.code;
  if (code === undefined) return data.recordTelemetry;
  expect(code).toBe('QUEUE_FULL');
  return 'QUEUE_FULL';
}
const count = async (sql: string): Promise<number> =>
  Number((await t.app.backend.read({ sql, params: [] }))[0]?.[0]);
const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);

describe.each(OVERFLOW_POLICIES)('%s', (policy) => {
  it('accounts for every item that was sent, in the receipts, the status and the rows', async () => {
    await bootHeld(policy, [1, 2]);
    const before = t.app.writer.status();
    // One flush is under way and holds; then far more than the cap: new, repeated, wrong, and of no session.
    const requests: { items: number; answer: Promise<Receipt | 'QUEUE_FULL'> }[] = [];
    // One after the other: answered, or (COMMITTED) taken by the writer.
    const ask = async (n: number, times: readonly number[], durability?: string) => {
      const taken = t.app.writer.status().accepted;
      let isAnswered = false;
      const answer = send(n, times, durability).finally(() => (isAnswered = true));
      requests.push({ items: times.length, answer });
      await expect
        .poll(() => isAnswered || t.app.writer.status().accepted > taken, { interval: 2 })
        .toBe(true);
    };
    await ask(1, range(0, 25));
    await expect.poll(() => t.app.writer.status().depth).toBe(0);
    await expect.poll(() => t.app.writer.status().accepted - before.accepted).toBe(25);
    for (let i = 0; i < 12; i += 1) {
      await ask(1, [...range(100 + i * 10, 8), -5, 0]);
      await ask(2, range(i * 10, 7), i % 3 === 0 ? 'COMMITTED' : 'QUEUED');
      if (i % 4 === 0) await ask(9, range(i * 10, 3));
    }
    release();
    const receipts = await Promise.all(requests.map(({ answer }) => answer));
    await t.app.writer.drain();
    await send(1, [5_000], 'COMMITTED');
    const sent = requests.reduce((sum, { items }) => sum + items, 0) + 1;
    const taken = receipts.filter((receipt) => receipt !== 'QUEUE_FULL');
    const refused = requests
      .filter((_, i) => receipts[i] === 'QUEUE_FULL')
      .reduce((sum, { items }) => sum + items, 0);
    const invalid = taken
      .flatMap(({ rejected }) => rejected)
      .filter(({ code }) => code === 'INVALID_VALUE').length;
    const after = t.app.writer.status();
    const diff = (key: 'accepted' | 'flushed' | 'duplicates' | 'dropped' | 'deadLetters') =>
      after[key] - before[key];
    expect(after.depth).toBe(0);
    expect(diff('accepted')).toBe(sent - refused - invalid);
    expect(diff('accepted')).toBe(
      diff('flushed') + diff('duplicates') + diff('dropped') + diff('deadLetters'),
    );
    expect(sent).toBe(
      diff('flushed') + diff('duplicates') + diff('dropped') + diff('deadLetters') + invalid + refused,
    );
    expect(diff('flushed')).toBe(await count('SELECT COUNT(*) FROM imm_session_telemetry'));
    expect(diff('deadLetters')).toBe(await count('SELECT COUNT(*) FROM sys_dead_letters'));
    const lossInSessions = await count('SELECT SUM(dropped_count) FROM imm_session_totals');
    const droppedMetric = await t.app.metrics.registry
      .getSingleMetric('kinostat_ingest_dropped_total')
      ?.get();
    expect(droppedMetric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0).toBe(after.dropped);
    if (policy === 'BACKPRESSURE') {
      expect(refused).toBeGreaterThan(0);
      expect(diff('dropped')).toBe(0);
      expect(lossInSessions).toBe(0);
    } else {
      expect(refused).toBe(0);
      expect(diff('dropped')).toBeGreaterThan(50);
      // Losses of a session that nobody started have no row to be counted in.
      expect(lossInSessions).toBeLessThanOrEqual(diff('dropped'));
      expect(lossInSessions).toBeGreaterThanOrEqual(diff('dropped') - 9);
    }
  }, 30_000);

  it('drops nothing of no session twice, and no dead letter is made of the writer’s own notes', async () => {
    await bootHeld(policy, [1]);
    const before = t.app.writer.status();
    await send(1, range(0, 25));
    await expect.poll(() => t.app.writer.status().accepted - before.accepted).toBe(25);
    const answers = await Promise.all(range(0, 10).map((i) => send(9, range(i * 20, 20))));
    const sent = 25 + answers.filter((answer) => answer !== 'QUEUE_FULL').length * 20;
    release();
    await t.app.writer.drain();
    const { accepted, flushed, duplicates, dropped, deadLetters } = t.app.writer.status();
    expect(accepted - before.accepted).toBe(sent);
    expect({ flushed: flushed - before.flushed, duplicates, deadLetters }).toEqual({
      flushed: 25,
      duplicates: 0,
      deadLetters: sent - 25 - dropped,
    });
    expect(await count('SELECT COUNT(*) FROM sys_dead_letters')).toBe(deadLetters);
    expect(await count("SELECT COUNT(*) FROM sys_dead_letters WHERE kind = 'recordLoss'")).toBe(0);
  });
});
