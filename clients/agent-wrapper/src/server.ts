/** Longer than the server's own deadline for a request that waits for nothing. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Codes that a second try cannot change. */
const FINAL_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
];

/** What the wrapper reads of a receipt. */
export interface Receipt {
  readonly accepted: number;
  /** Lost to the server's overflow policy: send them again after `retryAfterMs`. */
  readonly dropped: number;
  readonly retryAfterMs: number | null;
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
}

/** A request that failed. Final: a second try cannot help. */
export class RequestError extends Error {
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

export interface Server {
  /** Sends one mutation whose field answers a receipt, or an object that has one. Throws RequestError. */
  send(field: string, inputType: string, input: object): Promise<Receipt>;
}

const RECEIPT = 'accepted dropped retryAfterMs rejected { index code }';

/** `url` with or without `/graphql`; `token` goes into the Authorization header. */
export function openServer(url: string, token: string | null): Server {
  const endpoint = new URL(url.replace(/\/(?:graphql\/?)?$/, '') + '/graphql');
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    async send(field, inputType, input) {
      const selection = field === 'startProcess' ? `receipt { ${RECEIPT} }` : RECEIPT;
      const query = `mutation ($input: ${inputType}!) { ${field}(input: $input) { ${selection} } }`;
      const body = JSON.stringify({ query, variables: { input } });
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }).catch((error: unknown) => {
        throw new RequestError(`no answer from ${endpoint.origin}${reasonOf(error)}`, false);
      });
      return receiptOf(await answerOf(response), field);
    },
  };
}

/** Node says only "fetch failed"; why is in the code of its cause. A deadline that passed has a name instead. */
function reasonOf(error: unknown): string {
  const code = fieldOf(error, 'cause', 'code') ?? (error instanceof Error ? error.name : undefined);
  return typeof code === 'string' && code !== 'TypeError' ? ` (${code})` : '';
}

async function answerOf(response: Response): Promise<unknown> {
  const answer: unknown = await response.json().catch(() => null);
  const error: unknown = Array.isArray(fieldOf(answer, 'errors')) ? fieldOf(answer, 'errors', 0) : undefined;
  if (error !== undefined) {
    const code = textOf(fieldOf(error, 'extensions', 'code'));
    throw new RequestError(`${code}: ${textOf(fieldOf(error, 'message'))}`, FINAL_CODES.includes(code));
  }
  if (!response.ok) {
    const isFinal =
      response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
    throw new RequestError(`the server answers ${response.status}`, isFinal);
  }
  return answer;
}

function receiptOf(answer: unknown, field: string): Receipt {
  const payload = fieldOf(answer, 'data', field);
  const receipt = fieldOf(payload, 'receipt') ?? payload;
  const rejected = fieldOf(receipt, 'rejected');
  const accepted = fieldOf(receipt, 'accepted');
  if (typeof accepted !== 'number' || !Array.isArray(rejected))
    throw new RequestError('the answer is not that of a Kinostat server', true);
  const retryAfterMs = fieldOf(receipt, 'retryAfterMs');
  return {
    accepted,
    dropped: Number(fieldOf(receipt, 'dropped')),
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : null,
    rejected: rejected.map((entry: unknown) => ({
      index: Number(fieldOf(entry, 'index')),
      code: textOf(fieldOf(entry, 'code')),
    })),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'unknown');

/** A field of what may not be an object; undefined where there is none. */
function fieldOf(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.entries(at).find(([name]) => name === String(key))?.[1];
  }
  return at;
}
