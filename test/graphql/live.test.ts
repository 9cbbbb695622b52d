import { describe, expect, it } from 'vitest';
import { LiveStreams } from '../../src/graphql/shared/live.js';
import { createMetrics } from '../../src/observability/metrics.js';

const MAX_OPEN = 1_000;

async function* forever(signal: AbortSignal): AsyncGenerator<number> {
  yield 1;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

describe('subscriptions', () => {
  it('are bounded: one too many is UNAVAILABLE, and one that ends makes room', async () => {
    const metrics = createMetrics();
    const streams = new LiveStreams(metrics);
    const open = Array.from({ length: MAX_OPEN }, () => streams.open(forever));
    // Begun with the first value that is asked for.
    for (const stream of open) expect(await stream.next()).toEqual({ value: 1, done: false });
    expect((await metrics.subscriptions.get()).values[0]?.value).toBe(MAX_OPEN);
    expect(() => streams.open(forever)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    await open.pop()?.return();
    await expect.poll(async () => (await metrics.subscriptions.get()).values[0]?.value).toBe(MAX_OPEN - 1);
    const late = [streams.open(forever), streams.open(forever)];
    expect(await late[0]?.next()).toEqual({ value: 1, done: false });
    await expect(late[1]?.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const stream of [...open, ...late]) await stream.return();
    await expect.poll(async () => (await metrics.subscriptions.get()).values[0]?.value).toBe(0);
  });
});
