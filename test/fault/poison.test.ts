import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { balanceOf, failWith, FaultLine } from './faults.js';

const T = Date.now() - 3_600_000;
const POISON = 666;
const TRIGGERS = [
  ['imm_session_events', 'NEW.words_delta'],
  ['imm_session_telemetry', 'NEW.pause_ms'],
  ['imm_videos', 'NEW.duration_ms'],
] as const;

interface Receipt {
  readonly accepted: number;
  readonly duplicates: number | null;
  readonly dropped: number;
  readonly rejected: readonly { index: number; path: string; code: string }[];
}

let t: TestApp;
beforeEach(async () => {
  t = await bootApp({ KINOSTAT_FLUSH_INTERVAL_MS: '10' });
  await ingest({ starts: [{ sessionUuid: uuid(1), video: video('v') }], durability: 'COMMITTED' });
  await t.app.backend.transact(
    TRIGGERS.map(([table, column]) => ({
      sql: `CREATE TRIGGER poison_${table} BEFORE INSERT ON ${table} WHEN ${column} = ${POISON}
        BEGIN SELECT RAISE(ABORT, 'poison'); END`,
      params: [],
    })),
  );
});
afterEach(() => t[Symbol.asyncDispose]());

const video = (videoKey: string, durationMs = 1) => ({
  videoKey,
  title: videoKey,
  sourceType: 'REMOTE',
  durationMs,
});
const ingest = async (input: object): Promise<Receipt> =>
  (
    await t.data<{ ingest: Receipt }>(
      'mutation ($input: IngestInput!) { ingest(input: $input) { accepted duplicates dropped rejected { index path code } } }',
      { input },
    )
  ).ingest;
const events = (from: number, count: number, poison: readonly number[]) => [
  {
    sessionUuid: uuid(1),
    events: Array.from({ length: count }, (_, i) => ({
      tsMs: T + from + i,
      clientSeq: from + i,
      type: 'LOOKUP',
      wordsDelta: poison.includes(i) ? POISON : 1,
    })),
  },
];
const samples = (from: number, count: number, poison: readonly number[], n = 1) => [
  {
    sessionUuid: uuid(n),
    samples: Array.from({ length: count }, (_, i) => ({
      sampleMs: T + from + i,
      wordsSeen: from + i + 1,
      pauseMs: poison.includes(i) ? POISON : 1,
    })),
  },
];
const column = async (sql: string) =>
  (await t.app.backend.read({ sql, params: [] })).map(([value]) => Number(value));
const storedEvents = () => column(`SELECT ts_ms - ${T} FROM imm_session_events ORDER BY ts_ms`);
const storedSamples = () => column(`SELECT sample_ms - ${T} FROM imm_session_telemetry ORDER BY sample_ms`);
const letters = async () =>
  (
    await t.app.backend.read({
      sql: 'SELECT kind, code FROM sys_dead_letters ORDER BY dead_letter_id',
      params: [],
    })
  ).map(([kind, code]) => `${String(kind)} ${String(code)}`);
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
function expectBalanced(): void {
  const { accepted, accountedFor } = balanceOf(t.app.writer);
  expect(accountedFor).toBe(accepted);
}

describe('a poison item in a batch', () => {
  it('at any position is a dead letter alone; the rest is stored and the receipt says which it was', async () => {
    const expected: number[] = [];
    for (const position of range(9)) {
      const from = position * 100;
      const receipt = await ingest({ events: events(from, 9, [position]), durability: 'COMMITTED' });
      expect(receipt).toEqual({
        accepted: 8,
        duplicates: 0,
        dropped: 0,
        rejected: [{ index: position, path: `events[0].events[${position}]`, code: 'REFUSED_BY_STORAGE' }],
      });
      expected.push(
        ...range(9)
          .filter((i) => i !== position)
          .map((i) => from + i),
      );
      expect(await storedEvents()).toEqual(expected);
      expect(await letters()).toHaveLength(position + 1);
    }
    expect(new Set(await letters())).toEqual(new Set(['recordEvent SQLITE_CONSTRAINT_TRIGGER']));
    expect(t.app.writer.status()).toMatchObject({ deadLetters: 9, flushed: 73, duplicates: 0 });
    expectBalanced();
  });

  it('among samples leaves totals, slices and counts of what is stored', async () => {
    for (const position of range(6)) {
      const receipt = await ingest({
        telemetry: samples(position * 100, 6, [position]),
        durability: 'COMMITTED',
      });
      expect(receipt.rejected.map(({ index }) => index)).toEqual([position]);
      expect(receipt).toMatchObject({ accepted: 5, duplicates: 0 });
    }
    const stored = await storedSamples();
    expect(stored).toHaveLength(30);
    const [totals] = await t.app.backend.read({
      sql: 'SELECT words_seen, samples_count FROM imm_session_totals',
      params: [],
    });
    expect(totals).toEqual([Math.max(...stored) + 1, 30]);
    expectBalanced();
  });

  it('is found among several, and when there is nothing else', async () => {
    const some = await ingest({ events: events(0, 12, [0, 1, 6, 11]), durability: 'COMMITTED' });
    expect(some.rejected.map(({ index }) => index)).toEqual([0, 1, 6, 11]);
    expect(some).toMatchObject({ accepted: 8, duplicates: 0 });
    const all = await ingest({ events: events(100, 5, range(5)), durability: 'COMMITTED' });
    expect(all).toMatchObject({ accepted: 0, duplicates: 0 });
    expect(all.rejected.map(({ index }) => index)).toEqual(range(5));
    expect(await letters()).toHaveLength(9);
    expectBalanced();
  });

  it('concerns only its own request among those of one flush', async () => {
    const { writer, backend } = t.app;
    const { transact } = backend;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    backend.transact = async (...args) => {
      await gate;
      return transact.apply(backend, args);
    };
    const first = ingest({ events: events(0, 1, []), durability: 'COMMITTED' });
    await expect.poll(() => writer.status().accepted).toBe(2);
    const requests = range(6).map((i) =>
      ingest({
        events: events(100 + i * 10, 5, i === 2 ? [3] : i === 4 ? [0, 4] : []),
        durability: i === 5 ? 'QUEUED' : 'COMMITTED',
      }),
    );
    await expect.poll(() => writer.status().depth).toBe(30);
    open();
    backend.transact = transact;
    await first;
    const receipts = await Promise.all(requests);
    await writer.drain();
    expect(receipts.map(({ accepted }) => accepted)).toEqual([5, 5, 4, 5, 3, 5]);
    expect(receipts.map(({ rejected }) => rejected.map(({ index }) => index))).toEqual([
      [],
      [],
      [3],
      [],
      [0, 4],
      [],
    ]);
    expect(receipts.map(({ duplicates }) => duplicates)).toEqual([0, 0, 0, 0, 0, null]);
    expect(await storedEvents()).toHaveLength(28);
    expectBalanced();
  });

  it('that is the start of a session takes what belongs to it along, until it is requeued', async () => {
    const receipt = await ingest({
      starts: [{ sessionUuid: uuid(7), video: video('bad', POISON) }],
      telemetry: [...samples(0, 3, [], 7), ...samples(10, 2, [])],
      durability: 'COMMITTED',
    });
    expect(receipt.rejected.map(({ index, code }) => `${index} ${code}`).toSorted()).toEqual([
      '0 REFUSED_BY_STORAGE',
      '1 SESSION_UNKNOWN',
      '2 SESSION_UNKNOWN',
      '3 SESSION_UNKNOWN',
    ]);
    expect(await storedSamples()).toEqual([10, 11]);
    await t.app.backend.transact([{ sql: 'DROP TRIGGER poison_imm_videos', params: [] }]);
    expect(await t.data('mutation { requeueDeadLetters { applied refused } }')).toEqual({
      requeueDeadLetters: { applied: 4, refused: 0 },
    });
    expect(await letters()).toEqual([]);
    expect(await storedSamples()).toEqual([0, 1, 2, 10, 11]);
    expectBalanced();
  });

  it('sent again is a dead letter again, and what is stored stays as it is', async () => {
    const send = () => ingest({ events: events(0, 4, [2]), durability: 'COMMITTED' });
    await send();
    expect(await send()).toMatchObject({ accepted: 3, duplicates: 3, rejected: [{ index: 2 }] });
    expect(await storedEvents()).toEqual([0, 1, 3]);
    expectBalanced();
  });

  it('buried at the second try does not leave the server unready', async () => {
    const line = new FaultLine(t.app.backend);
    line.pick = (statements) =>
      statements.some(({ sql }) => sql.includes('INSERT INTO sys_dead_letters')) && line.seen.length <= 2
        ? failWith('SQLITE_BUSY', true)
        : null;
    const receipt = await ingest({ events: events(0, 1, [0]), durability: 'COMMITTED' });
    expect(receipt.rejected).toHaveLength(1);
    expect(await letters()).toHaveLength(1);
    expect(t.app.writer.status().isRetrying).toBe(false);
    expect((await fetch(`${t.app.url}/readyz`)).status).toBe(200);
  });
});
