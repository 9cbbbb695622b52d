import type { Clock } from '../domain/time.js';

/** What one waiter waits for: an instant of the clock, a ring, or the end of the signal. */
export class Bell {
  #wake: (() => void) | null = null;

  /** Wakes the waiter; nothing when nobody waits. */
  ring(): void {
    this.#wake?.();
  }

  /** `untilMs` null is no instant: only a ring or the signal ends it. May return early; the caller looks again. */
  async wait(clock: Clock, untilMs: number | null, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    // Whole ms: a timer that rings a fraction early would ring again at once, and again.
    const delayMs = untilMs === null ? null : Math.ceil(untilMs - clock.now());
    if (delayMs !== null && delayMs <= 0) return;
    await new Promise<void>((resolve) => {
      let cancel = (): void => undefined;
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        this.#wake = null;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (delayMs !== null) cancel = clock.setTimer(wake, delayMs);
    });
  }
}
