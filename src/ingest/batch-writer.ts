import PQueue from 'p-queue';
import { unavailable, type StorageError } from '../domain/errors.js';
import {
  subjectOf,
  type CommandSink,
  type Durability,
  type EnqueueResult,
  type WriteCommand,
  type WriterStatus,
} from '../domain/write-command.js';
import { Buffer, type Entry } from './buffer.js';
import { groupEntries } from './entry-group.js';
import { LossLedger } from './loss-ledger.js';
import { delay, retryDelayMs, RetryHold, toStorageError } from './retry.js';
import { Ticket } from './ticket.js';
import type { BatchWriterOptions } from './writer-options.js';

/**
 * Takes commands without waiting and writes them in batches, one flush after the other. What waits is bounded by the
 * cap; what is in flight is at most one batch of that size, and is only let go when the store has committed it.
 * accepted = flushed + duplicates + dropped + dead letters + depth + in flight, at any moment.
 */
export class BatchWriter implements CommandSink {
  /** Held while the server ends its jobs; `close` tries again. */
  readonly retries = new RetryHold();
  readonly #o: BatchWriterOptions;
  readonly #buffer: Buffer;
  readonly #losses = new LossLedger();
  readonly #lane = new PQueue({ concurrency: 1 });
  readonly #abort = new AbortController();
  #cancelTimer: (() => void) | null = null;
  #isClosing = false;
  #isRetrying = false;
  #counts = { accepted: 0, flushed: 0, duplicates: 0, dropped: 0, deadLetters: 0 };
  #lastFlushMs: number | null = null;

  constructor(options: BatchWriterOptions) {
    this.#o = options;
    this.#buffer = new Buffer(options.queueCap, options.overflowPolicy);
    options.events.metrics.queueCap.set(options.queueCap);
  }

  enqueue(commands: readonly WriteCommand[], durability: Durability): EnqueueResult {
    if (this.#isClosing) return this.#refuse('UNAVAILABLE');
    const isFull = this.#buffer.depth + commands.length > this.#o.queueCap;
    if (this.#o.overflowPolicy === 'BACKPRESSURE' && isFull) {
      return this.#refuse(commands.length > this.#o.queueCap ? 'TOO_LARGE' : 'QUEUE_FULL');
    }
    const ticket =
      durability === 'COMMITTED' ? new Ticket(commands.length, this.#o.clock, this.#o.commitTimeoutMs) : null;
    const entries = commands.map((command, index): Entry => ({ command, ticket, index }));
    this.#counts.accepted += commands.length;
    this.#o.events.commandsAccepted(commands);
    let dropped = 0;
    let displaced = 0;
    let own: Set<Entry> | null = null;
    for (const entry of entries) {
      const lost = this.#buffer.add(entry);
      if (lost === null) continue;
      this.#lose(lost, 'overflow');
      own ??= new Set(entries);
      if (own.has(lost)) dropped += 1;
      else displaced += 1;
    }
    this.#trigger(ticket !== null);
    return {
      isAccepted: true,
      accepted: commands.length - dropped,
      dropped,
      displaced,
      committed: ticket?.committed ?? null,
    };
  }

  status(): WriterStatus {
    return {
      depth: this.#buffer.depth,
      cap: this.#o.queueCap,
      ...this.#counts,
      lastFlushMs: this.#lastFlushMs,
      isRetrying: this.#isRetrying,
    };
  }

  /** Writes everything that waits, and what arrives meanwhile. Resolves when nothing is left or the signal is aborted. */
  async drain(signal: AbortSignal = this.#abort.signal): Promise<void> {
    while (this.#buffer.depth > 0 && !signal.aborted) {
      this.#schedule();
      await this.#lane.onIdle();
    }
    await this.#lane.onIdle();
  }

  /**
   * Stops accepting, drains, and gives up after the deadline: what is left is counted as lost. Answers whether
   * everything was written.
   */
  async close(deadlineMs: number): Promise<boolean> {
    this.#isClosing = true;
    const { dropped } = this.#counts;
    const cancel = this.#o.clock.setTimer(() => this.#abort.abort(), deadlineMs);
    this.retries.release();
    await this.drain();
    cancel();
    this.#abort.abort();
    this.#cancelTimer?.();
    for (const entry of this.#buffer.takeAll()) this.#lose(entry, 'shutdown');
    return this.#counts.dropped === dropped;
  }

  #refuse(code: 'QUEUE_FULL' | 'TOO_LARGE' | 'UNAVAILABLE'): EnqueueResult {
    this.#o.events.requestRefused();
    return { isAccepted: false, code, retryAfterMs: this.#o.flushIntervalMs };
  }

  #trigger(isUrgent: boolean): void {
    if (this.#buffer.depth === 0) return;
    if (isUrgent || this.#buffer.depth >= this.#o.batchSize) this.#schedule();
    else this.#cancelTimer ??= this.#o.clock.setTimer(() => this.#schedule(), this.#o.flushIntervalMs);
  }

  /** At most one flush runs and one waits: the waiting one takes everything that gathers. */
  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#lane.size === 0) void this.#lane.add(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const entries = this.#buffer.takeAll();
    if (entries.length === 0) return;
    const losses = this.#losses.take().map((command): Entry => ({ command, ticket: null, index: 0 }));
    await this.#commit([...entries, ...losses]);
    // What came in meanwhile and is too little for a trigger of its own still has its interval.
    this.#trigger(false);
  }

  /** Ends when every entry is committed, in the dead letters, or (only at the deadline of a shutdown) lost. */
  async #commit(entries: readonly Entry[]): Promise<void> {
    for (let retry = 0; ; retry += 1) {
      const error = await this.#apply(entries);
      if (error === null) return;
      if (error.isTransient) {
        if (!(await this.#wait(error, retry))) {
          this.#giveUp(entries);
          return;
        }
        continue;
      }
      const [only] = entries;
      if (only !== undefined && entries.length === 1) return this.#bury(only, error);
      this.#o.events.batchSplit(error, entries.length);
      const middle = Math.ceil(entries.length / 2);
      await this.#commit(entries.slice(0, middle));
      return this.#commit(entries.slice(middle));
    }
  }

  async #apply(entries: readonly Entry[]): Promise<StorageError | null> {
    const startedMs = this.#o.clock.now();
    const groups = groupEntries(entries);
    try {
      const commands = groups.map((group) => group.entries.map((entry) => entry.command));
      const outcome = await this.#o.store.apply(commands, startedMs);
      this.#lastFlushMs = this.#o.clock.now();
      this.#isRetrying = false;
      this.#o.events.flushed(entries.length, this.#lastFlushMs - startedMs);
      let stored = 0;
      let duplicates = 0;
      groups.forEach((group, index) => {
        const end = outcome.groups[index] ?? { stored: 0, duplicates: 0, refused: [] };
        stored += end.stored;
        duplicates += end.duplicates;
        for (const { index: place, code, message } of end.refused) {
          const refused = group.entries[place];
          if (refused !== undefined) this.#countDeadLetter(refused.command, code, message);
        }
        const refused = end.refused.map((r) => ({ ...r, index: group.entries[r.index]?.index ?? r.index }));
        group.ticket?.close(end.stored, end.duplicates, refused);
      });
      // Losses are the writer's own notes: they were never accepted from anybody.
      stored -= entries.filter(({ command }) => command.kind === 'recordLoss').length;
      this.#counts.flushed += stored;
      this.#counts.duplicates += duplicates;
      this.#o.events.committed(stored, duplicates, outcome.revivedCount, outcome.discardedCount);
      this.#o.events.extractionsStored(outcome.extractionsByRisk);
    } catch (error) {
      return toStorageError(error);
    }
    this.#o.onCommitted(
      new Set(entries.map((entry) => subjectOf(entry.command)).filter((uuid) => uuid !== null)),
      new Set(entries.map((entry) => entry.command.kind)),
    );
    return null;
  }

  async #bury(entry: Entry, error: StorageError): Promise<void> {
    const { command, ticket, index } = entry;
    // The writer's own note of a loss: the counters have it already.
    if (command.kind === 'recordLoss') return;
    for (let retry = 0; ; retry += 1) {
      try {
        const discarded = await this.#o.store.bury(command, error.code, error.message, this.#o.clock.now());
        this.#o.events.committed(0, 0, 0, discarded);
        break;
      } catch (cause) {
        if (!(await this.#wait(toStorageError(cause), retry))) {
          this.#giveUp([entry]);
          return;
        }
      }
    }
    this.#isRetrying = false;
    this.#countDeadLetter(command, error.code, error.message);
    ticket?.close(0, 0, [{ index, code: error.code, message: 'Storage refused this item' }]);
  }

  /** False when the writer was told to stop waiting. */
  async #wait(error: StorageError, retry: number): Promise<boolean> {
    if (this.#abort.signal.aborted) return false;
    const delayMs = retryDelayMs(retry);
    this.#isRetrying = true;
    this.#o.events.flushFailed(error, delayMs);
    await delay(this.#o.clock, delayMs, this.#abort.signal);
    await this.retries.released;
    return !this.#abort.signal.aborted;
  }

  #giveUp(entries: readonly Entry[]): void {
    for (const entry of entries) this.#lose(entry, 'shutdown');
  }

  #countDeadLetter(command: WriteCommand, code: string, message: string): void {
    this.#counts.deadLetters += 1;
    this.#o.events.deadLetter(code, command.kind, message);
  }

  #lose({ command, ticket }: Entry, reason: 'overflow' | 'shutdown'): void {
    if (command.kind === 'recordLoss') return;
    this.#counts.dropped += 1;
    this.#o.events.commandLost(command.kind, reason);
    if (reason === 'overflow') {
      this.#losses.add(command);
      ticket?.drop();
    } else {
      ticket?.fail(unavailable('The server stopped before the commit; sending the data again is safe'));
    }
  }
}
