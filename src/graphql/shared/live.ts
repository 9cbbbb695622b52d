import { Repeater } from 'graphql-yoga';
import type { Metrics } from '../../observability/metrics.js';

/**
 * A stream that ends at once when its client goes: a plain generator would only notice at its next value. The producer
 * waits until a value was taken, so a slow client holds one value and nothing grows.
 */
export function live<Value>(
  metrics: Metrics,
  produce: (signal: AbortSignal) => AsyncGenerator<Value>,
): Repeater<Value> {
  return new Repeater<Value>(async (push, stop) => {
    const abort = new AbortController();
    void stop.then(() => abort.abort());
    metrics.subscriptions.inc();
    try {
      for await (const value of produce(abort.signal)) {
        await push(value);
        if (abort.signal.aborted) break;
      }
    } finally {
      metrics.subscriptions.dec();
      stop();
    }
  });
}
