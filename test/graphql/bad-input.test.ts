import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { BAD_ITEMS, BAD_REQUESTS } from './bad-inputs.js';
import { expectNoInternals, post } from './raw-body.js';
import { body, event, KNOWN, NOW, UNKNOWN } from './request-bodies.js';

let server: TestApp;
/** A cursor of `sessions` without a filter. */
let cursor = '';
beforeAll(async () => {
  server = await bootApp({}, new FakeClock(NOW));
  await server.data('mutation ($input: IngestInput!) { ingest(input: $input) { accepted } }', {
    input: {
      durability: 'COMMITTED',
      starts: [1, 2].map((n) => ({
        sessionUuid: KNOWN.replace(/1$/, String(n)),
        startedAtMs: NOW - n,
        video: { videoKey: `v${n}`, title: `V${n}`, sourceType: 'LOCAL' },
      })),
    },
  });
  const page = await server.data<{ sessions: { pageInfo: { endCursor: string } } }>(
    '{ sessions(first: 1) { pageInfo { endCursor } } }',
  );
  cursor = page.sessions.pageInfo.endCursor;
});
afterAll(() => server[Symbol.asyncDispose]());

afterAll(async () => {
  // Whatever was sent above: nothing of it was stored.
  const { sessions, videos } = await server.data<Record<string, { totalCount: number }>>(
    '{ sessions { totalCount } videos { totalCount } }',
  );
  expect([sessions?.totalCount, videos?.totalCount]).toEqual([2, 2]);
});

describe('a mistake in the request is one coded error', () => {
  const cases = Object.entries(BAD_REQUESTS).flatMap(([code, inputs]) =>
    inputs.map(([what, of]) => [what, code, of] as const),
  );

  it.each(cases)('%s is %s', async (_what, code, of) => {
    const result = await post(server, of(cursor));
    expect(result.status).toBeLessThan(500);
    expect(result.errors.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(result.errors[0]!.message).toMatch(/^\S[^\n]{5,}$/);
    expectNoInternals(result.text, server);
    expect(await server.data('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('a body over 1 MB', async () => {
    const result = await post(server, body('{ __typename }', { filler: 'x'.repeat(1_100_000) }));
    expect([result.status, result.errors.map(({ extensions }) => extensions.code)]).toEqual([
      413,
      ['BAD_USER_INPUT'],
    ]);
    expectNoInternals(result.text, server);
  });

  it('a document of more than 5000 tokens is refused before it is looked at', async () => {
    const result = await post(server, body(`{ ${'... { __typename } '.repeat(2_000)} }`));
    expect(result.status).toBeLessThan(500);
    expect(result.errors.map(({ message }) => message)).toEqual([expect.stringMatching(/5,?000 tokens/)]);
    expect(['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX']).toContain(result.errors[0]!.extensions.code);
  });
});

describe('a mistake in one item is a rejection of that item', () => {
  it.each(BAD_ITEMS)('%s', async (_what, of, code, path) => {
    const result = await post(server, of());
    expect([result.status, result.errors]).toEqual([200, []]);
    const [answer] = Object.values(result.data ?? {}) as {
      rejected?: unknown;
      receipt?: { rejected: unknown };
    }[];
    expect(answer?.rejected ?? answer?.receipt?.rejected).toEqual([{ code, path }]);
    expectNoInternals(result.text, server);
    await server.data('{ __typename }');
  });
});

describe('what is no mistake', () => {
  it('a session nobody started is null', async () => {
    expect(await server.data(`{ session(sessionUuid: "${UNKNOWN}") { id } }`)).toEqual({ session: null });
  });

  it('a payload over its cap is replaced and counted', async () => {
    const result = await post(
      server,
      event({ payload: 'x'.repeat(300) }).replace('rejected { code path }', 'truncated accepted'),
    );
    expect(result.data).toEqual({ recordEvents: { truncated: 1, accepted: 1 } });
  });
});
