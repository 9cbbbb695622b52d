import type { Clock } from '../../src/domain/time.js';
import { FakeClock } from '../support/fake-clock.js';

/**
 * A machine's two clocks: timers run on one that only goes forward, and somebody sets the other. (FakeClock keeps both
 * in one, so its timers would wait for a clock that was set back.)
 */
export class SteppingClock implements Clock {
  readonly #timers = new FakeClock(0);
  #offsetMs: number;

  constructor(nowMs: number = Date.parse('2026-11-21T12:00:00.000Z')) {
    this.#offsetMs = nowMs;
  }

  now(): number {
    return this.#timers.now() + this.#offsetMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    return this.#timers.setTimer(callback, delayMs);
  }

  /** Time passes. */
  advance(deltaMs: number): Promise<void> {
    return this.#timers.advance(deltaMs);
  }

  /** Somebody sets the clock; no time passes. */
  step(deltaMs: number): void {
    this.#offsetMs += deltaMs;
  }
}
