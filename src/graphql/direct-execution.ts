import type { ExecutionResult } from 'graphql';
import { processRegularResult, type GraphQLParams } from 'graphql-yoga';
import type { Caller } from '../domain/access.js';
import type { YogaServer } from './yoga.js';

/** What the answer is called, by the Accept header. */
const ANSWER_TYPES: Readonly<Record<string, string>> = {
  '': 'application/json',
  '*/*': 'application/json',
  'application/json': 'application/json',
  'application/json, */*': 'application/json',
  'application/graphql-response+json': 'application/graphql-response+json',
  'application/graphql-response+json, application/json': 'application/graphql-response+json',
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Queries and mutations without the Fetch API around them: building a Request, a body stream and a Response costs more
 * than most operations. Parsing, validation, execution and their plugins are Yoga's own.
 */
export class DirectExecution {
  /** One for all: plugins look at its method only. */
  readonly #request: Request;

  constructor(private readonly yoga: YogaServer) {
    this.#request = new yoga.fetchAPI.Request('http://localhost/graphql', { method: 'POST' });
  }

  /** Whether answers of this type are made here; others (streams, several parts) are Yoga's. */
  knows(accept: string): boolean {
    return accept in ANSWER_TYPES;
  }

  /** Null for what is not plainly one query or mutation: nothing was executed, and Yoga says what is wrong. */
  async answer(body: string, accept: string, caller: Caller): Promise<Answer | null> {
    const params = parametersOf(body);
    const result = params === null ? null : await this.#execute(params, caller);
    if (result === null) return null;
    const type = ANSWER_TYPES[accept] ?? 'application/json';
    if (result.errors === undefined && result.extensions === undefined) {
      const headers = { 'content-type': `${type}; charset=utf-8` };
      return { status: 200, headers, body: JSON.stringify(result) };
    }
    const processed = processRegularResult(result, this.yoga.fetchAPI, type);
    const headers = Object.fromEntries(processed.headers);
    return { status: processed.status, headers, body: await processed.text() };
  }

  async #execute(params: GraphQLParams, caller: Caller): Promise<ExecutionResult | null> {
    try {
      const result = await this.yoga.getResultForParams({ params, request: this.#request }, { caller });
      return result === undefined || Symbol.asyncIterator in result ? null : result;
    } catch {
      // Thrown for parameters that are not right, before anything is executed; errors of execution are results.
      return null;
    }
  }
}

function parametersOf(body: string): GraphQLParams | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('query' in value)) return null;
    const { query } = value;
    // The word in a string or a name is enough: Yoga knows the difference.
    if (typeof query !== 'string' || query.includes('subscription')) return null;
    return { ...value, query };
  } catch {
    return null;
  }
}
