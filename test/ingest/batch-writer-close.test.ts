import { beforeEach, describe, expect, it } from 'vitest';
import type { BatchWriterOptions } from '../../src/ingest/writer-options.js';
import { type FakeClock, settle } from '../support/fake-clock.js';
import type { ScriptedStore } from '../support/scripted-store.js';
import { transient } from '../support/scripted-store.js';
import { expectBalanced, newSurroundings, samples, writerIn, type Surroundings } from './scripted-writer.js';

let clock: FakeClock;
let store: ScriptedStore;
let surroundings: Surroundings;
beforeEach(() => {
  surroundings = newSurroundings();
  ({ clock, store } = surroundings);
});

const writerWith = (options: Partial<BatchWriterOptions> = {}) => writerIn(surroundings, options);

describe('when it is closed', () => {
  it('takes nothing more and writes everything that waits', async () => {
    const writer = writerWith();
    writer.enqueue(samples(7), 'QUEUED');
    const closing = writer.close(10_000);
    expect(writer.enqueue(samples(1), 'QUEUED')).toMatchObject({ isAccepted: false, code: 'UNAVAILABLE' });
    await closing;
    expect(store.stored).toHaveLength(7);
    expect(clock.timerCount).toBe(0);
  });

  it('only then tries again what storage refused while tries were held, and loses nothing', async () => {
    const writer = writerWith();
    store.script.push(transient());
    writer.retries.hold();
    writer.enqueue(samples(3), 'COMMITTED');
    await settle();
    writer.enqueue(samples(2, 3), 'QUEUED');
    await clock.advance(60_000);
    expect(store.stored).toEqual([]);
    await writer.close(2_000);
    expect(store.stored).toHaveLength(5);
    expect(writer.status()).toMatchObject({ flushed: 5, dropped: 0, isRetrying: false });
    expectBalanced(writer);
    expect(clock.timerCount).toBe(0);
  });

  it('gives up at its deadline and counts what is left as lost', async () => {
    const writer = writerWith();
    for (let i = 0; i < 100; i += 1) store.script.push(transient());
    const result = writer.enqueue(samples(3), 'COMMITTED');
    const failed = expect(result.isAccepted ? result.committed : null).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await settle();
    writer.enqueue(samples(4), 'QUEUED');
    const closing = writer.close(2_000);
    await clock.advance(2_000);
    await closing;
    await failed;
    expect(writer.status()).toMatchObject({ dropped: 7, depth: 0, flushed: 0 });
    expectBalanced(writer);
  });
});

describe('the writer’s own note of a loss', () => {
  it('that cannot be stored is no dead letter, and the counters stay as they are', async () => {
    const writer = writerWith({ queueCap: 2 });
    store.hold();
    writer.enqueue(samples(2), 'COMMITTED');
    await settle();
    writer.enqueue(samples(5, 2), 'QUEUED');
    store.isPoison = ({ kind }) => kind === 'recordLoss';
    store.release();
    await writer.drain();
    expect(store.buried).toEqual([]);
    expect(writer.status()).toMatchObject({ accepted: 7, flushed: 4, dropped: 3, deadLetters: 0 });
    expectBalanced(writer);
  });
});

describe('a shutdown', () => {
  it('while storage is away counts what it gives up, but not its own notes of losses', async () => {
    const writer = writerWith({ queueCap: 2 });
    store.hold();
    writer.enqueue(samples(2), 'COMMITTED');
    await settle();
    writer.enqueue(samples(5, 2), 'QUEUED');
    store.script.push(null, ...Array.from({ length: 50 }, transient));
    store.release();
    await settle();
    const closed = writer.close(1_000);
    await clock.advance(1_000);
    await closed;
    expect(writer.status()).toMatchObject({ accepted: 7, flushed: 2, dropped: 5, deadLetters: 0, depth: 0 });
  });

  it('while poison waits to be buried ends at its deadline, and counts it as lost', async () => {
    const writer = writerWith();
    store.isPoison = () => true;
    store.script.push(null, ...Array.from({ length: 50 }, transient));
    const { committed: end } = writer.enqueue(samples(1), 'COMMITTED') as { committed: Promise<unknown> };
    const told = expect(end).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await settle();
    expect(writer.status().isRetrying).toBe(true);
    const closed = writer.close(1_000);
    await clock.advance(1_000);
    await closed;
    await told;
    expect(writer.status()).toMatchObject({ accepted: 1, dropped: 1, deadLetters: 0 });
    expectBalanced(writer);
  });
});
