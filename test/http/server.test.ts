import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { start, uuid } from '../support/commands.js';
import { JSON_TYPE, rawRequest, type RawAnswer } from './raw-request.js';

let server: TestApp;
beforeAll(async () => {
  server = await bootApp();
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}) =>
  rawRequest(server.app.url, { method: 'GET', path, headers });
const errorOf = ({ body }: RawAnswer): { message: string; extensions: { code: string } } =>
  (JSON.parse(body) as { errors: [{ message: string; extensions: { code: string } }] }).errors[0];
const stillAnswers = async (): Promise<void> => {
  expect(await server.data('{ __typename }')).toEqual({ __typename: 'Query' });
};

describe('routes beside GraphQL', () => {
  it('/livez says ok and nothing else', async () => {
    const { status, body, headers } = await get('/livez');
    expect([status, body, headers['cache-control']]).toEqual([200, 'ok\n', 'no-store']);
  });

  it('/readyz says ready and nothing else', async () => {
    const { status, body } = await get('/readyz');
    expect([status, body]).toEqual([200, 'ready\n']);
  });

  it('/readyz says not ready, and not why, while the store does not answer', async () => {
    await using other = await bootApp();
    Object.assign(other.app.store, { ping: () => Promise.reject(new Error('SQLITE_IOERR: disk away')) });
    const { status, body } = await rawRequest(other.app.url, { method: 'GET', path: '/readyz' });
    expect([status, body]).toEqual([503, 'not ready\n']);
    expect((await rawRequest(other.app.url, { method: 'GET', path: '/livez' })).status).toBe(200);
  });

  it('an unknown address is a 404 in the shape of GraphQL errors', async () => {
    for (const path of ['/', '/nothing', '/graphql/../etc/passwd', '/livez/', '/metrics/x']) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(errorOf(answer)).toEqual({
        message: 'There is nothing at this address',
        extensions: { code: 'NOT_FOUND' },
      });
    }
  });

  it('/metrics tells the true figures of queue, writer and HTTP', async () => {
    const before = await metric('kinostat_ingest_stored_total');
    const requestsBefore = await metric(GRAPHQL_REQUESTS);
    const { sampleMs, ...input } = { sampleMs: Date.now(), sessionUuid: uuid(1) };
    await server.app.store.apply([[start(1)]], sampleMs);
    await server.data(
      'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }',
      {
        input: {
          ...input,
          samples: [
            { sampleMs, linesSeen: -1 },
            { sampleMs, linesSeen: 1 },
          ],
          durability: 'COMMITTED',
        },
      },
    );
    expect(await metric('kinostat_ingest_stored_total')).toBe(before + 1);
    expect(await metric('kinostat_ingest_accepted_total{kind="recordSample"}')).toBe(1);
    expect(await metric('kinostat_ingest_rejected_total{code="INVALID_VALUE"}')).toBe(1);
    expect(await metric('kinostat_queue_depth_count')).toBe(0);
    expect(await metric('kinostat_queue_cap_count')).toBe(1_000);
    expect(await metric(GRAPHQL_REQUESTS)).toBe(requestsBefore + 1);
  });

  it('/metrics says what every figure is', async () => {
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    const names = [...body.matchAll(/^# TYPE (kinostat_\S+)/gm)].map(([, name]) => name);
    expect(names).toContain('kinostat_writer_flush_seconds');
    expect(names).toContain('kinostat_database_wal_bytes');
    expect(names).toContain('kinostat_nodejs_eventloop_lag_seconds');
    for (const name of names) expect(body).toContain(`# HELP ${name ?? ''} `);
  });

  const GRAPHQL_REQUESTS = 'kinostat_http_requests_total{route="/graphql",status="2xx"}';

  /** 0 for a line that is not there yet: prom-client shows labels at their first use. */
  async function metric(line: string): Promise<number> {
    const { body } = await get('/metrics');
    const found = body.split('\n').find((text) => text.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? 0);
  }
});

describe('bodies', () => {
  const query = (bytes: number): string => {
    const frame = JSON.stringify({ query: '{ __typename }', variables: { filler: '' } });
    return frame.replace('"filler":""', `"filler":"${'x'.repeat(bytes - frame.length)}"`);
  };
  const MAX = 1_048_576;

  it('of exactly the bound are taken', async () => {
    const answer = await rawRequest(server.app.url, { headers: JSON_TYPE, chunks: [query(MAX)] });
    expect([answer.status, answer.body]).toEqual([200, '{"data":{"__typename":"Query"}}']);
  });

  it('of one byte more are refused by their length, before they are read', async () => {
    const body = query(MAX + 1);
    const answer = await rawRequest(server.app.url, {
      headers: { ...JSON_TYPE, 'content-length': body.length },
      chunks: [],
    }).catch((error: unknown) => error);
    expect(answer).toMatchObject({ status: 413 });
    expect(errorOf(answer as RawAnswer).extensions.code).toBe('BAD_USER_INPUT');
    await stillAnswers();
  });

  it('without a length are cut off at the bound, and the process stays up', async () => {
    const answer = await rawRequest(server.app.url, {
      headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
      chunks: Array.from({ length: 40 }, () => 'x'.repeat(65_536)),
    });
    expect(answer.status).toBe(413);
    expect(errorOf(answer).extensions.code).toBe('BAD_USER_INPUT');
    await stillAnswers();
  });

  it('that a client gives up halfway do no harm', async () => {
    const abort = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"query":"{ __typ'));
        setImmediate(() => abort.abort());
      },
    });
    await expect(
      fetch(`${server.app.url}/graphql`, {
        method: 'POST',
        headers: JSON_TYPE,
        body,
        signal: abort.signal,
        duplex: 'half',
      } as RequestInit),
    ).rejects.toThrow();
    await stillAnswers();
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'query=mutation%20%7Brun%7D'],
    ['a multipart form', 'multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
    ['plain text', 'text/plain', '{"query":"{ __typename }"}'],
    ['a bare document', 'application/graphql', '{ __typename }'],
  ])('of %s are refused: a page could post them without asking', async (_what, type, body) => {
    const answer = await rawRequest(server.app.url, { headers: { 'content-type': type }, chunks: [body] });
    expect(answer.status).toBe(415);
    expect(errorOf(answer)).toEqual({
      message: 'The body must be application/json',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('without a type are refused too', async () => {
    const answer = await rawRequest(server.app.url, { chunks: ['{"query":"{ __typename }"}'] });
    expect(answer.status).toBe(415);
  });
});

describe('GraphQL over HTTP', () => {
  const encoded = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;

  it('answers a query by GET', async () => {
    const answer = await get(encoded('{ __typename }'), { accept: 'application/json' });
    expect([answer.status, answer.body]).toEqual([200, '{"data":{"__typename":"Query"}}']);
  });

  it('refuses a mutation by GET, and does not run it', async () => {
    const answer = await get(encoded('mutation { runJob(name: "prune") { jobName } }'), {
      accept: 'application/json',
    });
    expect(answer.status).toBe(405);
    expect(errorOf(answer).extensions.code).toBe('BAD_USER_INPUT');
    const { jobRuns } = await server.data<{ jobRuns: { edges: unknown[] } }>(
      '{ jobRuns { edges { node { jobName } } } }',
    );
    expect(jobRuns.edges).toEqual([]);
  });

  it('refuses batches', async () => {
    const one = { query: '{ __typename }' };
    const answer = await rawRequest(server.app.url, {
      headers: JSON_TYPE,
      chunks: [JSON.stringify([one, one])],
    });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).extensions.code).toBe('BAD_USER_INPUT');
  });

  it('serves no GraphiQL unless told to', async () => {
    const page = await get('/graphql', { accept: 'text/html' });
    expect(page.headers['content-type'] ?? '').not.toContain('text/html');
    expect(page.body.toLowerCase()).not.toContain('<html');
    await using development = await bootApp({ KINOSTAT_DEVELOPMENT: 'true' });
    const shown = await rawRequest(development.app.url, { method: 'GET', headers: { accept: 'text/html' } });
    expect(shown.status).toBe(200);
    expect(shown.body).toContain('GraphiQL');
  });
});
