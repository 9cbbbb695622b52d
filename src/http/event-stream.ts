import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../domain/time.js';

/** A comment this often keeps proxies from cutting a quiet stream, ms. Browsers and proxies give up after 30 s or more. */
const HEARTBEAT_MS = 15_000;

export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
  /** What the client sends as Last-Event-ID when it comes back; null leaves the last one. */
  readonly id: string | null;
}

/**
 * A response as a stream of server-sent events. It holds what the socket has not taken of one event: whoever sends
 * waits until the client reads again. No heartbeat is written meanwhile, so a client that does not read makes nothing
 * grow.
 */
export class EventStream {
  readonly #gone = new AbortController();
  readonly #response: ServerResponse;
  #cancelHeartbeat: () => void = () => undefined;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    if (response.destroyed) this.#gone.abort();
    response.once('close', () => {
      this.#cancelHeartbeat();
      this.#gone.abort();
    });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies like nginx would gather events.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    if (!this.signal.aborted) this.#beat(clock);
  }

  /** Aborted when the client is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when the next event may be sent. Sends nothing to a client that is gone. */
  async send({ event, data, id }: StreamedEvent): Promise<void> {
    if (this.signal.aborted) return;
    const head = id === null ? '' : `id: ${id}\n`;
    if (this.#response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) return;
    // It rejects when the client goes instead: then there is nobody to wait for.
    await once(this.#response, 'drain', { signal: this.signal }).catch(() => undefined);
  }

  end(): void {
    this.#cancelHeartbeat();
    this.#response.end();
  }

  #beat(clock: Clock): void {
    this.#cancelHeartbeat = clock.setTimer(() => {
      if (!this.#response.writableNeedDrain) this.#response.write(': still here\n\n');
      this.#beat(clock);
    }, HEARTBEAT_MS);
  }
}
