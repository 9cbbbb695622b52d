import { beforeEach, describe, expect, it } from 'vitest';
import type { BatchWriterOptions } from '../../src/ingest/writer-options.js';
import { type Metrics } from '../../src/observability/metrics.js';
import { end, sample, start, T0, uuid } from '../support/commands.js';
import { type FakeClock, settle } from '../support/fake-clock.js';
import type { ScriptedStore } from '../support/scripted-store.js';
import { permanent, transient } from '../support/scripted-store.js';
import { expectBalanced, newSurroundings, samples, writerIn, type Surroundings } from './scripted-writer.js';

let clock: FakeClock;
let store: ScriptedStore;
let metrics: Metrics;
let committed: Surroundings['committed'];
let surroundings: Surroundings;
beforeEach(() => {
  surroundings = newSurroundings();
  ({ clock, store, metrics, committed } = surroundings);
});

const writerWith = (options: Partial<BatchWriterOptions> = {}) => writerIn(surroundings, options);
const figure = async (name: string): Promise<number> => {
  const metric = await metrics.registry.getSingleMetric(name)?.get();
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN;
};

describe('when it flushes', () => {
  it('waits for the interval with few commands, and not at all with a batch', async () => {
    const writer = writerWith();
    writer.enqueue(samples(24), 'QUEUED');
    await clock.advance(499);
    expect(store.batches).toEqual([]);
    await clock.advance(1);
    expect(store.batches).toEqual([24]);
    writer.enqueue(samples(25), 'QUEUED');
    await settle();
    expect(store.batches).toEqual([24, 25]);
  });

  it('answers before anything is stored', () => {
    store.hold();
    const result = writerWith().enqueue(samples(30), 'QUEUED');
    expect(result).toEqual({
      isAccepted: true,
      accepted: 30,
      dropped: 0,
      displaced: 0,
      committed: null,
    });
    expect(store.stored).toEqual([]);
  });

  it('runs one flush after the other; what gathers meanwhile goes together', async () => {
    const writer = writerWith();
    store.hold();
    for (let i = 0; i < 10; i += 1) writer.enqueue(samples(30), 'QUEUED');
    await settle();
    writer.enqueue(samples(30), 'QUEUED');
    store.release();
    await writer.drain();
    expect(store.maxRunning).toBe(1);
    // 25 is a trigger, not a ceiling.
    expect(Math.max(...store.batches)).toBeGreaterThan(100);
    expect(store.stored).toHaveLength(330);
    expectBalanced(writer);
  });

  it('flushes early for a COMMITTED request, which is answered by its commit', async () => {
    const writer = writerWith();
    store.hold();
    const result = writer.enqueue([start(1), sample(1, T0)], 'COMMITTED');
    let outcome: unknown = null;
    if (result.isAccepted) void result.committed?.then((end) => (outcome = end));
    await settle();
    expect(outcome).toBeNull();
    store.release();
    await settle();
    expect(outcome).toEqual({ stored: 2, duplicates: 0, dropped: 0, refused: [] });
    expect(committed).toEqual([new Set([uuid(1)])]);
  });

  it('tells a COMMITTED request UNAVAILABLE when the commit does not come in time, and still stores it', async () => {
    const writer = writerWith({ commitTimeoutMs: 1_000 });
    store.hold();
    const result = writer.enqueue(samples(1), 'COMMITTED');
    const failed = expect(result.isAccepted ? result.committed : null).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await clock.advance(1_000);
    await failed;
    store.release();
    await writer.drain();
    expect(store.stored).toHaveLength(1);
  });

  it('has nothing to wait for with an empty request', async () => {
    const result = writerWith().enqueue([], 'COMMITTED');
    expect(result.isAccepted && (await result.committed)).toMatchObject({ stored: 0, duplicates: 0 });
  });
});

describe('when the queue is full', () => {
  it('drops the oldest samples, counts them by kind and session, and writes the loss into the session', async () => {
    const writer = writerWith({ queueCap: 50 });
    store.hold();
    writer.enqueue([start(1), ...samples(24)], 'QUEUED');
    await settle();
    writer.enqueue(samples(50, 2), 'QUEUED');
    const result = writer.enqueue([...samples(10, 3), end(1, T0)], 'QUEUED');
    expect(result).toMatchObject({ isAccepted: true, accepted: 11, dropped: 0, displaced: 11 });
    expect(writer.status()).toMatchObject({ depth: 50, dropped: 11 });
    store.release();
    await writer.drain();
    const losses = store.stored.filter(({ kind }) => kind === 'recordLoss');
    expect(losses).toEqual([{ kind: 'recordLoss', sessionUuid: uuid(2), count: 11 }]);
    expect(store.stored.some(({ kind }) => kind === 'endSession')).toBe(true);
    expect(await figure('kinostat_ingest_dropped_total')).toBe(11);
    expectBalanced(writer);
  });

  it('tells a request what of itself was dropped', async () => {
    const writer = writerWith({ queueCap: 50, overflowPolicy: 'DROP_NEWEST' });
    store.hold();
    writer.enqueue(samples(25), 'QUEUED');
    await settle();
    writer.enqueue(samples(45), 'QUEUED');
    const result = writer.enqueue(samples(9, 2), 'COMMITTED');
    expect(result).toMatchObject({ accepted: 5, dropped: 4 });
    store.release();
    await writer.drain();
    expect(result.isAccepted && (await result.committed)).toEqual({
      stored: 5,
      duplicates: 0,
      dropped: 4,
      refused: [],
    });
    expectBalanced(writer);
  });

  it('refuses whole requests under BACKPRESSURE and loses nothing', async () => {
    const writer = writerWith({ queueCap: 50, overflowPolicy: 'BACKPRESSURE' });
    store.hold();
    writer.enqueue(samples(25), 'QUEUED');
    await settle();
    expect(writer.enqueue(samples(40), 'QUEUED').isAccepted).toBe(true);
    expect(writer.enqueue(samples(11), 'QUEUED')).toEqual({
      isAccepted: false,
      code: 'QUEUE_FULL',
      retryAfterMs: 500,
    });
    expect(writer.enqueue(samples(10), 'QUEUED').isAccepted).toBe(true);
    store.release();
    await writer.drain();
    expect(store.stored).toHaveLength(75);
    expect(writer.status().dropped).toBe(0);
    expect(writer.enqueue(samples(51), 'QUEUED')).toMatchObject({ isAccepted: false, code: 'TOO_LARGE' });
    expect(await figure('kinostat_ingest_queue_full_total')).toBe(2);
  });
});

describe('when storage fails', () => {
  it('tries the same batch again with growing delays until it is stored', async () => {
    const writer = writerWith();
    store.script.push(transient(), transient(), transient());
    writer.enqueue(samples(25), 'QUEUED');
    await settle();
    expect(writer.status().isRetrying).toBe(true);
    await clock.advance(50);
    expect(store.batches).toHaveLength(2);
    await clock.advance(99);
    expect(store.batches).toHaveLength(2);
    await clock.advance(1 + 200);
    expect(store.batches).toEqual([25, 25, 25, 25]);
    expect(store.stored).toHaveLength(25);
    expect(writer.status()).toMatchObject({ isRetrying: false, flushed: 25 });
    expect(await figure('kinostat_writer_retries_total')).toBe(3);
  });

  it.each(Array.from({ length: 8 }, (_, position) => position))(
    'finds a poison command at place %i, buries it alone, and stores the rest',
    async (position) => {
      const writer = writerWith();
      store.isPoison = (command) => command.kind === 'recordSample' && command.sampleMs === T0 + position;
      const result = writer.enqueue(samples(8), 'COMMITTED');
      await writer.drain();
      expect(store.stored).toHaveLength(7);
      expect(store.buried).toEqual([{ command: sample(1, T0 + position), code: 'SQLITE_CONSTRAINT' }]);
      expect(result.isAccepted && (await result.committed)).toMatchObject({
        stored: 7,
        refused: [{ index: position, code: 'SQLITE_CONSTRAINT' }],
      });
      expectBalanced(writer);
    },
  );

  it('waits with burying when storage goes away meanwhile', async () => {
    const writer = writerWith();
    store.script.push(permanent(), transient());
    writer.enqueue(samples(1), 'COMMITTED');
    await settle();
    expect(store.buried).toEqual([]);
    await clock.advance(50);
    expect(store.buried).toHaveLength(1);
  });

  it('tries again when a layer between wrapped the error of a storage that is away', async () => {
    const writer = writerWith();
    store.script.push(new Error('Failed query', { cause: transient() }));
    writer.enqueue(samples(1), 'COMMITTED');
    await settle();
    await clock.advance(50);
    expect(store.buried).toEqual([]);
    expect(writer.status()).toMatchObject({ flushed: 1, deadLetters: 0 });
    expectBalanced(writer);
  });

  it('treats a defect of the store as poison, not as a reason to try for ever', async () => {
    const writer = writerWith();
    store.isPoison = () => {
      throw new TypeError('a defect');
    };
    writer.enqueue(samples(2), 'QUEUED');
    await writer.drain();
    expect(store.buried.map(({ code }) => code)).toEqual(['DEFECT', 'DEFECT']);
    expectBalanced(writer);
  });
});
