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

/** Subscribes over server-sent events. */
export async function openStream(server: TestApp, query: string): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${server.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    signal: abort.signal,
  });
  if (response.body === null) throw new Error('The answer has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = '';
  const block = async (): Promise<string | null> => {
    for (;;) {
      const end = buffered.indexOf('\n\n');
      if (end >= 0) {
        const found = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        return found;
      }
      const { value, done } = await reader.read();
      if (done) return null;
      buffered += value;
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
    abort: () => abort.abort(),
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
