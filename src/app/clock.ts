import type { Clock } from '../domain/time.js';

/** The machine's clock. Timers do not keep the process alive: what must be finished is drained. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
