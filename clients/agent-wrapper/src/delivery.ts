import { setTimeout as delay } from 'node:timers/promises';
import { RequestError, type Server } from './server.js';
import type { Match } from './patterns.js';

/** Extractions of one request; the server writes a request as one flush. */
const BATCH = 100;
const FLUSH_EVERY_MS = 500;
/** While the server is away so many are kept, some megabytes; what comes then is lost and counted. */
const MAX_WAITING = 10_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

/** An extraction as `recordExtractions` takes it. */
export type Extraction = Match & { readonly tsMs: number; readonly clientSeq: number };
interface Mutation {
  readonly field: string;
  readonly inputType: string;
  readonly input: object;
}

export interface DeliveryReport {
  readonly delivered: number;
  /** Extractions that no server has: not taken, refused, or still waiting at the end. */
  readonly lost: number;
  /** The last failure; null when there was none since the last success. */
  readonly failure: string | null;
}

/**
 * Sends in the background, in order, one request at a time. Adding never waits. Everything has an identity that the
 * server knows again (session UUID, clientSeq), so a request whose answer was lost is just sent once more.
 */
export class Delivery {
  readonly #server: Server;
  readonly #sessionUuid: string;
  readonly #mutations: Mutation[] = [];
  readonly #waiting: Extraction[] = [];
  #delivered = 0;
  #lost = 0;
  #failure: string | null = null;
  #isClosed = false;
  #hasGivenUp = false;
  #wake = new AbortController();
  readonly #end = new AbortController();
  readonly #sending: Promise<void>;

  constructor(server: Server, sessionUuid: string) {
    this.#server = server;
    this.#sessionUuid = sessionUuid;
    this.#sending = this.#send();
  }

  /** A mutation about the session itself; goes before the extractions that wait. */
  announce(field: string, inputType: string, input: object): void {
    this.#mutations.push({ field, inputType, input: { sessionUuid: this.#sessionUuid, ...input } });
    this.#wake.abort();
  }

  add(extractions: readonly Extraction[]): void {
    const room = this.#hasGivenUp ? 0 : MAX_WAITING - this.#waiting.length;
    this.#waiting.push(...extractions.slice(0, room));
    this.#lost += Math.max(0, extractions.length - room);
    if (this.#waiting.length >= BATCH) this.#wake.abort();
  }

  /** Sends what waits, then `last`, for at most `timeoutMs`. */
  async close(last: Mutation, timeoutMs: number): Promise<DeliveryReport> {
    this.#isClosed = true;
    this.#wake.abort();
    const timer = setTimeout(() => this.#end.abort(), timeoutMs);
    await this.#sending;
    if (this.#goesOn())
      await this.#attempt(() =>
        this.#server.send(last.field, last.inputType, { sessionUuid: this.#sessionUuid, ...last.input }),
      );
    clearTimeout(timer);
    return { delivered: this.#delivered, lost: this.#lost + this.#waiting.length, failure: this.#failure };
  }

  async #send(): Promise<void> {
    let isDue = false;
    while (this.#goesOn()) {
      const mutation = this.#mutations[0];
      const hasBatch =
        this.#waiting.length >= BATCH || (this.#waiting.length > 0 && (isDue || this.#isClosed));
      if (mutation !== undefined) {
        await this.#attempt(() => this.#server.send(mutation.field, mutation.inputType, mutation.input));
        this.#mutations.shift();
      } else if (hasBatch) {
        await this.#sendBatch();
        isDue = false;
      } else if (this.#isClosed) return;
      else {
        this.#wake = new AbortController();
        await delay(FLUSH_EVERY_MS, undefined, { signal: this.#wake.signal }).catch(() => undefined);
        isDue = true;
      }
    }
  }

  #goesOn(): boolean {
    return !this.#hasGivenUp && !this.#end.signal.aborted;
  }

  async #sendBatch(): Promise<void> {
    const extractions = this.#waiting.slice(0, BATCH);
    const input = { sessionUuid: this.#sessionUuid, extractions };
    await this.#attempt(async () => {
      const receipt = await this.#server.send('recordExtractions', 'RecordExtractionsInput', input);
      // The server had no room. What it did take it knows again.
      if (receipt.dropped > 0) {
        await this.#pause(receipt.retryAfterMs ?? FIRST_PAUSE_MS);
        throw new RequestError('the server is overloaded', false);
      }
      this.#waiting.splice(0, extractions.length);
      this.#delivered += receipt.accepted;
      this.#lost += receipt.rejected.length;
      const [first] = receipt.rejected;
      if (first !== undefined)
        process.stderr.write(`kinostat-wrap: an extraction was refused: ${first.code}\n`);
    });
  }

  /** Until it works, or cannot, or the end has come. */
  async #attempt(request: () => Promise<unknown>): Promise<void> {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.#end.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    ) {
      try {
        await request();
        this.#failure = null;
        return;
      } catch (error) {
        this.#failure = error instanceof Error ? error.message : 'unknown';
        if (!(error instanceof RequestError) || error.isFinal) {
          this.#hasGivenUp = true;
          process.stderr.write(`kinostat-wrap: nothing more is reported: ${this.#failure}\n`);
          return;
        }
        await this.#pause(pauseMs);
      }
    }
  }

  /** Ends early when the time is up. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
  }
}
