import type { Clock } from '../../src/domain/time.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that only moves when told to. */
export class FakeClock implements Clock {
  #nowMs: number;
  #timers = new Set<Timer>();

  constructor(nowMs: number = Date.parse('2026-11-21T12:00:00.000Z')) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** The process that set them is gone. */
  forgetTimers(): void {
    this.#timers.clear();
  }

  /** Jumps without calling timers: somebody set the machine's clock. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Moves on and calls what became due, in order. */
  async advance(deltaMs: number): Promise<void> {
    const endMs = this.#nowMs + deltaMs;
    for (;;) {
      const next = [...this.#timers].filter((t) => t.dueMs <= endMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

/** Lets everything that waits on promises alone go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}
