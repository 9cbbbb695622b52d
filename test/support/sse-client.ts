import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface SseEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

export interface SseRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with POST; without one the request is a GET. */
  readonly body?: string;
}

/** An open stream of server-sent events, read as it came. */
export interface SseClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next event; comments are skipped. Null when the server ended the stream. */
  next(): Promise<SseEvent | null>;
  /** The next block as text, comments too. */
  nextBlock(): Promise<string | null>;
  /** All that is left, as text. */
  rest(): Promise<string>;
  /** The client goes away without a word. */
  abort(): void;
}

/** Asks on a connection of its own. */
export async function openSse(url: string, path: string, asked: SseRequest = {}): Promise<SseClient> {
  const { headers = {}, body } = asked;
  const method = body === undefined ? 'GET' : 'POST';
  const request = httpRequest(new URL(path, url), { method, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  let buffered = '';
  const nextBlock = async (): Promise<string | null> => {
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
    status: response.statusCode ?? 0,
    headers: response.headers,
    nextBlock,
    async next() {
      for (;;) {
        const block = await nextBlock();
        if (block === null) return null;
        if (block.startsWith(':')) continue;
        return {
          event: /^event: (.*)$/m.exec(block)?.[1] ?? '',
          id: /^id: (.*)$/m.exec(block)?.[1] ?? null,
          data: JSON.parse(/^data: (.+)$/m.exec(block)?.[1] ?? '{}') as Record<string, unknown>,
        };
      }
    },
    async rest() {
      for (;;) {
        const chunk = await chunks.next();
        if (chunk.done === true) return buffered;
        buffered += chunk.value;
      }
    },
    abort: () => request.destroy(),
  };
}
