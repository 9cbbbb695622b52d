import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../domain/access.js';
import { DirectExecution } from '../graphql/direct-execution.js';
import type { YogaServer } from '../graphql/yoga.js';
import { answerError } from './health.js';

const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;

/**
 * GraphQL over HTTP. Plain JSON posts are read and answered here; whatever is not plain (a GET, an Origin, a stream, a
 * body that is not right) goes through Yoga's own HTTP handling, with the body that was read.
 */
export class JsonPost {
  readonly #execution: DirectExecution;

  constructor(
    private readonly yoga: YogaServer,
    private readonly maxBodyBytes: number,
  ) {
    this.#execution = new DirectExecution(yoga);
  }

  async answer(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    if (!this.#isPlain(request)) {
      await this.yoga(request, response, { caller });
      return;
    }
    const body = await readBody(request, this.maxBodyBytes);
    if (body === null) {
      // Nobody answers a client that went away. What still comes of a large body ends with the connection.
      const message = `The body is larger than ${this.maxBodyBytes} bytes`;
      answerError(response, 413, 'BAD_USER_INPUT', message, { connection: 'close' });
      return;
    }
    const answer = await this.#execution.answer(body, request.headers.accept ?? '', caller);
    if (answer === null) {
      // An empty body is none to Yoga, and it would wait for one.
      await this.yoga(Object.assign(request, { body: body === '' ? ' ' : body }), response, { caller });
      return;
    }
    const length = Buffer.byteLength(answer.body);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': length });
    response.end(answer.body);
  }

  #isPlain({ method, headers }: IncomingMessage): boolean {
    return (
      method === 'POST' &&
      headers.origin === undefined &&
      headers['content-encoding'] === undefined &&
      JSON_TYPE.test(headers['content-type'] ?? '') &&
      this.#execution.knows(headers.accept ?? '')
    );
  }
}

/** The text of the body, or null when it is longer than the bound or the client went away. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else resolve(null);
    });
    request.once('end', () => {
      const [only] = chunks;
      resolve((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString('utf8'));
    });
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
  });
}
