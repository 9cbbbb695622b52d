import type { TestApp } from './app.js';
import { openSse } from './sse-client.js';

export interface StreamedResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** A subscription as the wire carries it. */
export interface EventStream {
  /** The next result; null when the server completed. */
  next(): Promise<StreamedResult | null>;
  /** The next block as text, comments too. */
  nextBlock(): Promise<string | null>;
  /** The client goes away without a word. */
  abort(): void;
}

/** Subscribes over server-sent events, on a connection of its own. */
export async function openStream(
  { app }: Pick<TestApp, 'app'>,
  query: string,
  own: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', ...own };
  const client = await openSse(app.url, '/graphql', { headers, body: JSON.stringify({ query }) });
  return {
    async next() {
      for (;;) {
        const found = await client.next();
        if (found === null || found.event === 'complete') return null;
        if (found.event === 'next') return found.data;
      }
    },
    nextBlock: () => client.nextBlock(),
    abort: () => client.abort(),
  };
}

export async function openSubscriptions({ app }: Pick<TestApp, 'app'>): Promise<number> {
  const { values } = await app.metrics.subscriptions.get();
  return values[0]?.value ?? 0;
}
