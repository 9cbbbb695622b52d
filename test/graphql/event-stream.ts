import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { TestApp } from '../support/app.js';

export interface StreamedResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** A subscription as the wire carries it. */
export interface EventStream {
  /** The next result; null when the server completed. */
  next(): Promise<StreamedResult | null>;
  /** The client goes away without a word. */
  abort(): void;
}

/** Subscribes over server-sent events, on a connection of its own. */
export async function openStream(server: TestApp, query: string): Promise<EventStream> {
  const request = httpRequest(`${server.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    agent: false,
  });
  request.end(JSON.stringify({ query }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  let buffered = '';
  const block = async (): Promise<string | null> => {
    for (;;) {
      const end = buffered.indexOf('\n\n');
      if (end >= 0) {
        const found = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        return found;
      }
      const chunk = await chunks.next();
      if (chunk.done === true) return null;
      buffered += chunk.value;
    }
  };
  return {
    async next() {
      for (;;) {
        const found = await block();
        if (found === null) return null;
        const data = /^data: (.*)$/m.exec(found)?.[1] ?? '';
        if (/^event: complete$/m.test(found)) return null;
        if (/^event: next$/m.test(found)) return JSON.parse(data) as StreamedResult;
      }
    },
    abort: () => request.destroy(),
  };
}

/** Lets the process go on until the condition holds; the test's own timeout is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

export async function openSubscriptions({ app }: TestApp): Promise<number> {
  const { values } = await app.metrics.subscriptions.get();
  return values[0]?.value ?? 0;
}
