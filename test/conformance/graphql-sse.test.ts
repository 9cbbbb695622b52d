import { createClient, type Client } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { sample, start, T0, uuid } from '../support/commands.js';

/** Subscriptions as the reference client of GraphQL over SSE sees them (distinct connections mode). */
let t: TestApp;
let client: Client;
beforeAll(async () => {
  t = await bootApp();
  client = createClient({ url: `${t.app.url}/graphql`, retryAttempts: 0 });
});
afterAll(async () => {
  client.dispose();
  await t[Symbol.asyncDispose]();
});

/** The first `count` results; then the client leaves. */
async function take(query: string, count: number): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of client.iterate({ query })) {
    results.push(result);
    if (results.length === count) break;
  }
  return results;
}

const openSubscriptions = async (): Promise<number> => {
  const { values } = await t.app.metrics.subscriptions.get();
  return values[0]?.value ?? 0;
};

describe('subscriptions over SSE', () => {
  it('send one result after the other and end when the client leaves', async () => {
    const results = await take('subscription { serverStatus(intervalMs: 100) { version queue { cap } } }', 3);
    expect(results).toHaveLength(3);
    expect(results[2]).toEqual({ data: { serverStatus: { version: '0.1.0', queue: { cap: 1000 } } } });
    await expect.poll(openSubscriptions).toBe(0);
  });

  it('send what a commit changed', async () => {
    await t.app.store.apply([[start(1, 'v1', T0)]], T0);
    const words: unknown[] = [];
    for await (const { data } of client.iterate<{ sessionProgress: { totals: { wordsSeen: number } } }>({
      query: `subscription { sessionProgress(sessionUuid: "${uuid(1)}") { totals { wordsSeen } } }`,
    })) {
      words.push(data?.sessionProgress.totals.wordsSeen);
      if (words.length === 3) break;
      t.app.writer.enqueue([sample(1, T0 + words.length, { wordsSeen: words.length * 10 })], 'COMMITTED');
    }
    expect(words).toEqual([0, 10, 20]);
    await expect.poll(openSubscriptions).toBe(0);
  });

  it('complete by themselves when there is nothing more', async () => {
    const results: unknown[] = [];
    const query = `subscription { replaySession(sessionUuid: "${uuid(1)}") { offsetMs } }`;
    for await (const result of client.iterate({ query })) results.push(result);
    expect(results).toEqual([]);
  });

  it('answer a query and a mutation over the same transport', async () => {
    expect(await take('{ serverStatus { version } }', 1)).toEqual([
      { data: { serverStatus: { version: '0.1.0' } } },
    ]);
    const upsert =
      'mutation { upsertVideo(input: { videoKey: "x", title: "X", sourceType: LOCAL }) { accepted } }';
    expect(await take(upsert, 1)).toEqual([{ data: { upsertVideo: { accepted: 1 } } }]);
  });

  it('report errors of the document, of the arguments and of the stream with a code', async () => {
    for (const [query, code] of [
      ['subscription { nope }', 'BAD_USER_INPUT'],
      ['subscription { serverStatus(intervalMs: 1) { version } }', 'BAD_USER_INPUT'],
      [`subscription { replaySession(sessionUuid: "${uuid(99)}") { offsetMs } }`, 'NOT_FOUND'],
    ]) {
      const outcome = await take(query!, 1).then(
        (results) => JSON.stringify(results),
        (error: unknown) => JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})),
      );
      expect(outcome, query).toContain(code);
    }
  });
});
