import { StorageError } from '../../src/domain/errors.js';
import type { ApplyOutcome, StatsStore } from '../../src/domain/stats-store.js';
import type { WriteCommand } from '../../src/domain/write-command.js';

export const transient = (): StorageError => new StorageError('SQLITE_BUSY', 'busy', true);
export const permanent = (): StorageError => new StorageError('SQLITE_CONSTRAINT', 'poison', false);

/** A store that keeps what it is given and fails as it is told. */
export class ScriptedStore implements Pick<StatsStore, 'apply' | 'bury'> {
  readonly stored: WriteCommand[] = [];
  readonly buried: { command: WriteCommand; code: string }[] = [];
  /** Sizes of the batches it was asked to apply, failed ones too. */
  readonly batches: number[] = [];
  /** Errors of the next calls, in order; null is a success. */
  readonly script: (Error | null)[] = [];
  isPoison: (command: WriteCommand) => boolean = () => false;
  running = 0;
  maxRunning = 0;
  #gate: Promise<void> | null = null;
  #open: () => void = () => undefined;

  /** Holds every flush until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = null;
    this.#open();
  }

  async apply(groups: readonly (readonly WriteCommand[])[]): Promise<ApplyOutcome> {
    this.running += 1;
    this.maxRunning = Math.max(this.maxRunning, this.running);
    try {
      await this.#gate;
      const commands = groups.flat();
      this.batches.push(commands.length);
      const failure = this.script.shift() ?? null;
      if (failure !== null) throw failure;
      if (commands.some((command) => this.isPoison(command))) throw permanent();
      this.stored.push(...commands);
      return {
        groups: groups.map((group) => ({ stored: group.length, duplicates: 0, refused: [] })),
        revivedCount: 0,
        extractionsByRisk: new Map(),
        discardedCount: 0,
      };
    } finally {
      this.running -= 1;
    }
  }

  bury(command: WriteCommand, code: string): Promise<number> {
    const failure = this.script.shift() ?? null;
    if (failure !== null) return Promise.reject(failure);
    this.buried.push({ command, code });
    return Promise.resolve(0);
  }
}
