import http from 'k6/http';
import { check, sleep } from 'k6';
import { Rate } from 'k6/metrics';

/** The server under load; `npm run load` sets it. */
export const BASE_URL = __ENV.KINOSTAT_LOAD_URL || 'http://127.0.0.1:4114';

/** GraphQL tells most failures with status 200, so http_req_failed alone would not see them. */
const graphqlErrors = new Rate('graphql_errors');

const HEADERS = { 'content-type': 'application/json' };
const READY_TIMEOUT_MS = 30_000;

/** Posts one operation. Null when the answer has errors or is no answer: it is then counted as failed. */
export function ask<Data>(operation: string, query: string, variables: object): Data | null {
  const response = http.post(`${BASE_URL}/graphql`, JSON.stringify({ query, variables }), {
    headers: HEADERS,
    tags: { operation },
  });
  const body = response.status === 200 ? (response.json() as { data: Data; errors?: unknown }) : null;
  const isGood = body !== null && body.errors === undefined;
  graphqlErrors.add(!isGood, { operation });
  check(response, { [`${operation}: answered without errors`]: () => isGood });
  if (!isGood) console.error(`${operation}: ${response.status} ${String(response.body).slice(0, 300)}`);
  return isGood ? body.data : null;
}

/** Throws, and so fails the run, when the server does not get ready. */
export function waitUntilReady(): void {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    // A server that is still starting is no failure of the run.
    const response = http.get(`${BASE_URL}/readyz`, {
      tags: { operation: 'readyz' },
      responseCallback: http.expectedStatuses(200, 503),
    });
    if (response.status === 200) return;
    sleep(0.2);
  }
  throw new Error(`${BASE_URL} is not ready after ${READY_TIMEOUT_MS} ms`);
}

/** What every profile demands, besides the times of its operations. */
export const NOTHING_FAILS = {
  checks: ['rate==1'],
  graphql_errors: ['rate==0'],
  http_req_failed: ['rate==0'],
};

/** What a profile within the server's means demands as well. */
export const NOTHING_IS_LOST = {
  ...NOTHING_FAILS,
  dropped_iterations: ['count==0'],
  items_dropped: ['count==0'],
  items_unanswered: ['count==0'],
};

/** Thresholds on the 95th percentile, ms, by operation tag. */
export function within(limits: Record<string, number>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(limits).map(([operation, ms]) => [
      `http_req_duration{operation:${operation}}`,
      [`p(95)<${ms}`],
    ]),
  );
}
