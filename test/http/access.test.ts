import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../src/domain/access.js';
import { StartupError } from '../../src/domain/errors.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { JSON_TYPE, rawRequest } from './raw-request.js';

const secretOf = (name: string): string => `kst_${name.padEnd(32, '0')}`;
const auth = (name: string): { authorization: string } => ({ authorization: `Bearer ${secretOf(name)}` });

async function addToken(server: TestApp, name: string, scopes: number): Promise<void> {
  const tokenHash = createHash('sha256').update(secretOf(name)).digest('hex');
  await server.app.store.system.createToken({ name, tokenHash, scopes, createdAtMs: 0 });
}

const QUERY = '{ streak { currentDays } }';
const INGEST =
  'mutation { upsertVideo(input: { videoKey: "k", title: "t", sourceType: LOCAL }) { accepted } }';
const ADMIN = 'mutation { runJob(name: "roll-up") { jobName } }';
const LETTERS = '{ deadLetters { edges { node { code } } } }';

describe('tokens', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await bootApp();
    await addToken(server, 'reader', Scope.read);
    await addToken(server, 'client', Scope.ingest);
    await addToken(server, 'boss', Scope.admin);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([
    ['reader', QUERY, null],
    ['reader', INGEST, 'FORBIDDEN'],
    ['reader', ADMIN, 'FORBIDDEN'],
    ['reader', LETTERS, 'FORBIDDEN'],
    ['client', QUERY, 'FORBIDDEN'],
    ['client', INGEST, null],
    ['client', ADMIN, 'FORBIDDEN'],
    ['client', LETTERS, 'FORBIDDEN'],
    ['boss', QUERY, null],
    ['boss', INGEST, null],
    ['boss', ADMIN, null],
    ['boss', LETTERS, null],
  ])('%s asking %s is answered with the code %s', async (name, document, code) => {
    const { errors, data } = await server.ask(document, {}, auth(name));
    expect(errors?.map(({ extensions }) => extensions.code) ?? []).toEqual(code === null ? [] : [code]);
    if (code === null) expect(Object.values(data)).not.toContain(null);
  });

  it('are needed once they exist, with a hint how to send them', async () => {
    for (const headers of [{}, auth('stranger')]) {
      const { status, errors } = await server.ask(QUERY, {}, headers);
      expect(status).toBe(401);
      expect(errors).toEqual([
        {
          message: 'A valid token is needed: Authorization: Bearer kst_...',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ]);
    }
  });

  it('guard /metrics and exports by the scope read, and not /livez and /readyz', async () => {
    const statusOf = async (path: string, headers = {}): Promise<number> =>
      (await rawRequest(server.app.url, { method: 'GET', path, headers })).status;
    expect(await statusOf('/metrics')).toBe(401);
    expect(await statusOf('/metrics', auth('client'))).toBe(403);
    const file = '/export/process/0c000000-0000-4000-8000-00000000000c.har';
    expect(await statusOf(file)).toBe(401);
    expect(await statusOf(file, auth('client'))).toBe(403);
    expect(await statusOf('/metrics', auth('reader'))).toBe(200);
    expect([await statusOf('/livez'), await statusOf('/readyz')]).toEqual([200, 200]);
  });
});

describe('the rate limit', () => {
  it('answers 429 with Retry-After, and lets the token in again afterwards', async () => {
    const clock = new FakeClock();
    await using server = await bootApp({ KINOSTAT_RATE_LIMIT_PER_MIN: '2' }, clock);
    await addToken(server, 'reader', Scope.read);
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await server.ask(QUERY, {}, auth('reader'))).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await rawRequest(server.app.url, {
      headers: { ...JSON_TYPE, ...auth('reader') },
      chunks: ['{}'],
    });
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.body).toContain('RATE_LIMITED');
    await clock.advance(30_000);
    expect((await server.ask(QUERY, {}, auth('reader'))).status).toBe(200);
  });
});

describe('pages of other sites', () => {
  const chunks = [JSON.stringify({ query: INGEST })];
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });

  it('are refused by Host, Origin and Sec-Fetch-Site, and nothing is written', async () => {
    await using server = await bootApp();
    for (const headers of [
      { host: 'attacker.example' },
      { origin: 'https://attacker.example' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await rawRequest(server.app.url, { headers: { ...JSON_TYPE, ...headers }, chunks });
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('"FORBIDDEN"');
    }
    expect(await server.data('{ video(videoKey: "k") { title } }')).toEqual({ video: null });
    expect(server.app.writer.status().accepted).toBe(0);
  });

  it('get no CORS header from a server that lists no origins', async () => {
    await using server = await bootApp();
    const answers = [
      await rawRequest(server.app.url, preflight('https://dash.example')),
      await rawRequest(server.app.url, preflight(server.app.url)),
      await rawRequest(server.app.url, { headers: { ...JSON_TYPE, origin: server.app.url }, chunks }),
    ];
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('may call when their origin is listed, and only they', async () => {
    await using server = await bootApp({ KINOSTAT_CORS_ORIGINS: 'https://dash.example' });
    const listed = await rawRequest(server.app.url, preflight('https://dash.example'));
    expect(listed.headers['access-control-allow-origin']).toBe('https://dash.example');
    const answer = await rawRequest(server.app.url, {
      headers: { ...JSON_TYPE, origin: 'https://dash.example' },
      chunks,
    });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([
      200,
      'https://dash.example',
    ]);
    const foreign = await rawRequest(server.app.url, preflight('https://attacker.example'));
    expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });
});

describe('starting', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinostat-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const boot = (settings: Record<string, string>) => bootApp(settings, undefined, folder);
  const failure = async (settings: Record<string, string>): Promise<StartupError> => {
    const error = await boot(settings).then(
      (server) => server[Symbol.asyncDispose]().then(() => null),
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(StartupError);
    return error as StartupError;
  };

  it('on an address that others reach needs a token, and says so in one sentence', async () => {
    const { message } = await failure({ KINOSTAT_HOST: '0.0.0.0' });
    expect(message).toMatch(
      /^0\.0\.0\.0 can be reached from other machines, and no token exists: .*KINOSTAT_ALLOW_OPEN=true$/,
    );
    expect(message).not.toContain('\n');
  });

  it('is allowed there with a token, which every request then needs', async () => {
    {
      await using loopback = await boot({});
      await addToken(loopback, 'reader', Scope.read);
    }
    await using server = await boot({ KINOSTAT_HOST: '0.0.0.0' });
    expect((await server.ask(QUERY)).status).toBe(401);
    expect((await server.ask(QUERY, {}, auth('reader'))).status).toBe(200);
  });

  it('is allowed there without one when told so expressly', async () => {
    await using server = await boot({ KINOSTAT_HOST: '0.0.0.0', KINOSTAT_ALLOW_OPEN: 'true' });
    expect((await server.ask(QUERY)).status).toBe(200);
  });

  it('does not count a revoked token', async () => {
    {
      await using loopback = await boot({});
      await addToken(loopback, 'reader', Scope.read);
      await loopback.app.store.system.revokeToken(1, 1);
    }
    expect((await failure({ KINOSTAT_HOST: '0.0.0.0' })).message).toContain('no token exists');
  });

  it('on a port in use ends with one sentence that names it', async () => {
    await using first = await bootApp();
    const { port } = new URL(first.app.url);
    const { message } = await failure({ KINOSTAT_PORT: port });
    expect(message).toBe(
      `127.0.0.1:${port} is already in use: another server runs there, or choose KINOSTAT_PORT`,
    );
  });

  it('on an address of another machine ends with one sentence', async () => {
    const { message } = await failure({ KINOSTAT_HOST: '192.0.2.1', KINOSTAT_ALLOW_OPEN: 'true' });
    expect(message).toContain('is not an address of this machine: check KINOSTAT_HOST');
  });
});
