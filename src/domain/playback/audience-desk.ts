import type { Clock } from '../time.js';

/** Answers that are kept at most; the oldest goes first. */
const MAX_ANSWERS = 500;

/** An answer and when the store was asked for it. */
export interface DatedAnswer<Value> {
  readonly value: Value;
  readonly asOfMs: number;
}

interface Kept {
  readonly asOfMs: number;
  readonly value: Promise<unknown>;
}

/**
 * Keeps answers about the audience for a short time, so that a dashboard on many screens asks the store once. Who asks
 * while another asks the same waits for that answer. Failures are not kept.
 */
export class AudienceDesk {
  readonly #answers = new Map<string, Kept>();

  constructor(
    private readonly clock: Clock,
    /** 0: nothing is kept. */
    private readonly maxAgeMs: number,
  ) {}

  /** `key` names the question, with everything that its answer depends on. */
  async ask<Value>(key: string, load: () => Promise<Value>): Promise<DatedAnswer<Value>> {
    const nowMs = this.clock.now();
    const known = this.#answers.get(key);
    // A clock that jumped back makes an answer no younger.
    if (known !== undefined && nowMs >= known.asOfMs && nowMs - known.asOfMs < this.maxAgeMs) {
      // Whoever kept it under this key loaded it by the same call.
      return { value: (await known.value) as Value, asOfMs: known.asOfMs };
    }
    const value = load();
    if (this.maxAgeMs > 0) this.#keep(key, { asOfMs: nowMs, value });
    return { value: await value, asOfMs: nowMs };
  }

  get size(): number {
    return this.#answers.size;
  }

  #keep(key: string, kept: Kept): void {
    this.#answers.delete(key);
    this.#answers.set(key, kept);
    kept.value.catch(() => {
      if (this.#answers.get(key) === kept) this.#answers.delete(key);
    });
    if (this.#answers.size <= MAX_ANSWERS) return;
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest);
      return;
    }
  }
}
