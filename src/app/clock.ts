import type { Clock } from '../domain/time.js';

/** Node rings a longer timer at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's clock. Timers do not keep the process alive: what must be finished is drained. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(callback, delayMs) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, MAX_TIMEOUT_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
      timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
