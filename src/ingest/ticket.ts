import { unavailable } from '../domain/errors.js';
import type { Clock } from '../domain/time.js';
import type { CommitOutcome, RefusedCommand } from '../domain/write-command.js';

const NOT_CONFIRMED = 'The commit is not confirmed yet. The data stays queued; sending it again is safe';

/** Waits for the end of every command of one request; fails after the timeout, while the data stays queued. */
export class Ticket {
  readonly committed: Promise<CommitOutcome>;
  #open: number;
  #stored = 0;
  #duplicates = 0;
  #dropped = 0;
  readonly #refused: RefusedCommand[] = [];
  #resolve: (outcome: CommitOutcome) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(commandCount: number, clock: Clock, timeoutMs: number) {
    this.#open = commandCount;
    this.committed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const cancel = clock.setTimer(() => this.fail(unavailable(NOT_CONFIRMED)), timeoutMs);
    // Nobody may be waiting any more when it fails.
    this.committed.then(cancel, cancel);
    this.#settle(0);
  }

  drop(): void {
    this.#dropped += 1;
    this.#settle(1);
  }

  close(stored: number, duplicates: number, refused: readonly RefusedCommand[]): void {
    this.#stored += stored;
    this.#duplicates += duplicates;
    this.#refused.push(...refused);
    this.#settle(stored + duplicates + refused.length);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  #settle(count: number): void {
    this.#open -= count;
    if (this.#open > 0) return;
    this.#resolve({
      stored: this.#stored,
      duplicates: this.#duplicates,
      dropped: this.#dropped,
      refused: this.#refused,
    });
  }
}
