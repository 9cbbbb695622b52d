import { expect } from 'vitest';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { BatchWriter } from '../../src/ingest/batch-writer.js';
import type { BatchWriterOptions } from '../../src/ingest/writer-options.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics, type Metrics } from '../../src/observability/metrics.js';
import { sample, T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { ScriptedStore } from '../support/scripted-store.js';

/** What a writer works with, in the hands of a test. */
export interface Surroundings {
  readonly clock: FakeClock;
  readonly store: ScriptedStore;
  readonly metrics: Metrics;
  /** Sessions of each commit. */
  readonly committed: ReadonlySet<string>[];
}

export const newSurroundings = (): Surroundings => ({
  clock: new FakeClock(),
  store: new ScriptedStore(),
  metrics: createMetrics(),
  committed: [],
});

export const writerIn = (
  { clock, store, metrics, committed }: Surroundings,
  options: Partial<BatchWriterOptions> = {},
): BatchWriter =>
  new BatchWriter({
    store,
    clock,
    events: new Events(createSilentLogger(), metrics, clock),
    batchSize: 25,
    flushIntervalMs: 500,
    queueCap: 1_000,
    overflowPolicy: 'DROP_OLDEST',
    commitTimeoutMs: 30_000,
    onCommitted: (uuids) => committed.push(uuids),
    ...options,
  });

export const samples = (count: number, session = 1): WriteCommand[] =>
  Array.from({ length: count }, (_, i) => sample(session, T0 + i));

/** accepted = flushed + duplicates + dropped + dead letters + depth, when nothing is in flight. */
export function expectBalanced(writer: BatchWriter): void {
  const { accepted, flushed, duplicates, dropped, deadLetters, depth } = writer.status();
  expect(flushed + duplicates + dropped + deadLetters + depth).toBe(accepted);
}
