import { StorageError, storageErrorOf } from '../domain/errors.js';
import type { Clock } from '../domain/time.js';

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;

/** Exponential delay of the n-th retry (0 is the first), ms. The lane is alone, so there is nobody to spread against. */
export const retryDelayMs = (retry: number): number => Math.min(FIRST_DELAY_MS * 2 ** retry, MAX_DELAY_MS);

/** Resolves after the delay, or as soon as the signal, which must not be aborted yet, is. */
export async function delay(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.setTimer(finish, delayMs);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/**
 * Keeps what storage refused from being tried again. Otherwise the last statements of whoever ends before the writer wait
 * for storage behind every try.
 */
export class RetryHold {
  #released = Promise.resolve();
  #release = (): void => undefined;

  /** Resolves at once where nothing is held. */
  get released(): Promise<void> {
    return this.#released;
  }

  hold(): void {
    this.release();
    this.#released = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#release();
  }
}

/** A defect in the store must not be retried for ever: it is treated as poison and ends in the dead letters. */
export function toStorageError(error: unknown): StorageError {
  const known = storageErrorOf(error);
  if (known !== null) return known;
  return new StorageError('DEFECT', error instanceof Error ? error.message : String(error), false, {
    cause: error,
  });
}
