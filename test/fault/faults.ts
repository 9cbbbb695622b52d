import type { SqliteBackend } from '../../src/db/sqlite/backend.js';
import type { Backend, Statement, TransactOptions } from '../../src/db/backend.js';
import { StorageError } from '../../src/domain/errors.js';
import { BatchWriter } from '../../src/ingest/batch-writer.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { systemClock } from '../../src/app/clock.js';
import type { StatsStore } from '../../src/domain/stats-store.js';

export const CRASHING_WORKER = new URL('../support/crashing-worker.mjs', import.meta.url);

/** Ends the writing thread where it stands in a transaction. */
export const CRASH: Statement = {
  sql: 'INSERT INTO sys_settings (key, value) SELECT crash(), crash()',
  params: [],
};

type Transact = (statements: readonly Statement[], options?: TransactOptions) => Promise<number[]>;
/** What a transaction comes to: `real` is the backend's own. */
export type Fault = (
  real: Transact,
  statements: readonly Statement[],
  options?: TransactOptions,
) => Promise<number[]>;

/** Statements before `place` run, then the thread ends. */
export const crashAt =
  (place: number): Fault =>
  (real, statements, options) =>
    real([...statements.slice(0, place), CRASH, ...statements.slice(place)], options);

/** Committed, and the thread ends before it can say so. */
export const crashAfterCommit =
  (backend: SqliteBackend): Fault =>
  async (real, statements, options) => {
    await real(statements, options);
    await backend.execute('SELECT crash()');
    return [];
  };

export const failWith =
  (code: string, isTransient: boolean): Fault =>
  () =>
    Promise.reject(new StorageError(code, `${code} on purpose`, isTransient));

/** Puts faults into the transactions of a backend, one after the other; null lets one pass. */
export class FaultLine {
  readonly seen: (readonly Statement[])[] = [];
  readonly faults: (Fault | null)[] = [];
  /** Chosen by what a transaction holds; asked when no fault is queued. */
  pick: (statements: readonly Statement[]) => Fault | null = () => null;

  constructor(backend: Backend) {
    const real: Transact = backend.transact.bind(backend);
    backend.transact = (statements, options) => {
      this.seen.push(statements);
      const fault = this.faults.length > 0 ? this.faults.shift() : this.pick(statements);
      return fault == null ? real(statements, options) : fault(real, statements, options);
    };
  }
}

/** A writer over a real store, on the machine's clock. */
export const writerOver = (store: StatsStore): BatchWriter =>
  new BatchWriter({
    store,
    clock: systemClock,
    events: new Events(createSilentLogger(), createMetrics(), systemClock),
    batchSize: 25,
    flushIntervalMs: 10,
    queueCap: 1_000,
    overflowPolicy: 'DROP_OLDEST',
    commitTimeoutMs: 30_000,
    onCommitted: () => undefined,
  });

/** accepted = flushed + duplicates + dropped + dead letters, when nothing waits. */
export function balanceOf(writer: BatchWriter): { accepted: number; accountedFor: number } {
  const { accepted, flushed, duplicates, dropped, deadLetters, depth } = writer.status();
  return { accepted, accountedFor: flushed + duplicates + dropped + deadLetters + depth };
}
