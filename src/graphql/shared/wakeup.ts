import type { Clock } from '../../domain/time.js';

/** One bit that wakes one waiter. Waking an already woken one changes nothing, so it cannot pile up. */
export class Wakeup {
  #isAwake = false;
  #resolve: (() => void) | null = null;

  wake(): void {
    this.#isAwake = true;
    this.#resolve?.();
  }

  /** Resolves when woken, or when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#isAwake) await until(signal, (resolve) => (this.#resolve = resolve));
    this.#resolve = null;
    this.#isAwake = false;
  }
}

/** Resolves after the delay on the given clock, at once when it is not positive, early when the signal is aborted. */
export async function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0) return;
  let cancel = (): void => undefined;
  await until(signal, (resolve) => (cancel = clock.setTimer(resolve, delayMs)));
  cancel();
}

async function until(signal: AbortSignal, arrange: (resolve: () => void) => void): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      signal.removeEventListener('abort', finish);
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
    arrange(finish);
  });
}
