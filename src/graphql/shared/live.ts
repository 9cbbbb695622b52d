import { Repeater } from 'graphql-yoga';
import { unavailable } from '../../domain/errors.js';
import type { Metrics } from '../../observability/metrics.js';

/** Subscriptions at once: each holds a connection, a timer and one value. */
const MAX_OPEN = 1_000;

/** The subscriptions of one server. */
export class LiveStreams {
  #openCount = 0;

  constructor(private readonly metrics: Metrics) {}

  /**
   * A stream that ends at once when its client goes: a plain generator would only notice at its next value. The
   * producer waits until a value was taken, so a slow client holds one value and nothing grows. Throws UNAVAILABLE
   * when too many are open.
   */
  open<Value>(produce: (signal: AbortSignal) => AsyncGenerator<Value>): Repeater<Value> {
    if (this.#openCount >= MAX_OPEN) throw tooMany();
    return new Repeater<Value>(async (push, stop) => {
      // It begins when the first value is asked for: others may have begun since.
      if (this.#openCount >= MAX_OPEN) throw tooMany();
      const abort = new AbortController();
      void stop.then(() => abort.abort());
      this.#openCount += 1;
      this.metrics.subscriptions.inc();
      try {
        for await (const value of produce(abort.signal)) {
          await push(value);
          if (abort.signal.aborted) break;
        }
      } finally {
        this.#openCount -= 1;
        this.metrics.subscriptions.dec();
        stop();
      }
    });
  }
}

const tooMany = (): Error => unavailable('Too many subscriptions are open');
