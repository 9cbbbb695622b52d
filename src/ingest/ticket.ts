import type { CommitOutcome, RefusedCommand } from '../domain/write-command.js';

/** Waits for the end of every command of one request. */
export class Ticket {
  readonly committed: Promise<CommitOutcome>;
  #open: number;
  #stored = 0;
  #duplicates = 0;
  #dropped = 0;
  readonly #refused: RefusedCommand[] = [];
  #resolve: (outcome: CommitOutcome) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(commandCount: number) {
    this.#open = commandCount;
    this.committed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody may be waiting any more when it fails.
    this.committed.catch(() => undefined);
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
