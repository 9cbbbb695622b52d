import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { KinostatError, StorageError, UNSTORABLE_TEXT } from '../../src/domain/errors.js';
import { toClientError } from '../../src/graphql/mask-error.js';
import { Events } from '../../src/observability/events.js';
import { createMetrics, type Metrics } from '../../src/observability/metrics.js';
import { bootApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';

const SECRET = 'SELECT secret FROM /home/me/kinostat.sqlite';
let lines: { msg: string; errorId?: string; err?: { message: string; stack: string } }[];
let metrics: Metrics;
let events: Events;
beforeEach(() => {
  lines = [];
  metrics = createMetrics();
  const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  events = new Events(pino({ level: 'info' }, { write }), metrics, new FakeClock());
});

const thrown = (originalError: Error): GraphQLError =>
  new GraphQLError(originalError.message, { originalError, path: ['sessions', 'edges'] });
const wire = (error: unknown): unknown => JSON.parse(JSON.stringify(toClientError(error, events)));

describe('an unexpected error', () => {
  it.each([
    ['in a resolver', thrown(new TypeError(SECRET))],
    ['outside of GraphQL', new Error(SECRET)],
    ['that is no error', SECRET],
    ['of storage, for good', thrown(new StorageError('SQLITE_CONSTRAINT', SECRET, false))],
  ])('%s is masked, logged once, and found by its id', (_what, error) => {
    const masked = toClientError(error, events);
    const text = JSON.stringify(masked.toJSON());
    expect(masked.message).toBe('Something went wrong');
    expect(masked.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(text).not.toContain('SELECT');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ errorId: masked.extensions['errorId'], err: { message: SECRET } });
  });

  it('keeps its place in the answer and gets another id each time', () => {
    const [first, second] = [
      toClientError(thrown(new Error('x')), events),
      toClientError(thrown(new Error('x')), events),
    ];
    expect(first.path).toEqual(['sessions', 'edges']);
    expect(first.extensions['errorId']).not.toBe(second.extensions['errorId']);
  });
});

describe('storage that is away', () => {
  it('is UNAVAILABLE, and the reason is in the log only', () => {
    expect(wire(thrown(new StorageError('SQLITE_BUSY', SECRET, true)))).toEqual({
      message: 'Storage does not answer: try again later',
      path: ['sessions', 'edges'],
      extensions: { code: 'UNAVAILABLE' },
    });
    expect(lines).toMatchObject([{ msg: 'storage is away', code: 'SQLITE_BUSY' }]);
  });

  it.each([
    ['behind the query builder, which wraps what the database throws', 'lib_entries'],
    ['before GraphQL is asked', 'sys_'],
  ])('is UNAVAILABLE also %s', async (_what, table) => {
    await using app = await bootApp();
    const { backend } = app.app;
    const read = backend.read.bind(backend);
    backend.read = (statement) =>
      statement.sql.includes(table)
        ? Promise.reject(new StorageError('SQLITE_BUSY', SECRET, true))
        : read(statement);
    const { errors } = await app.ask('{ entry(slug: "a") { slug } }');
    expect(errors).toMatchObject([{ message: 'Storage does not answer: try again later' }]);
    expect(errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
  });
});

describe('a text that the database takes for none', () => {
  it('is BAD_USER_INPUT, without what the database says of it', () => {
    const wrapped = new Error(SECRET, { cause: new StorageError(UNSTORABLE_TEXT, SECRET, false) });
    expect(wire(thrown(wrapped))).toMatchObject({
      message: 'A text holds characters that are not text',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

describe('an expected error', () => {
  it('keeps its sentence, its code and its details, and is not logged', () => {
    const error = new KinostatError('QUEUE_FULL', 'The queue is full: send again later', {
      retryAfterMs: 500,
    });
    expect(wire(thrown(error))).toMatchObject({
      message: 'The queue is full: send again later',
      extensions: { code: 'QUEUE_FULL', retryAfterMs: 500 },
    });
    expect(lines).toEqual([]);
  });

  it('of GraphQL itself is the mistake of the client', () => {
    expect(wire(new GraphQLError('Cannot query field "x"'))).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('with a code outside the closed list gets one of the list', () => {
    const foreign = new GraphQLError('x', { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    expect(wire(foreign)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    const inner = thrown(new GraphQLError('UUID must look like', { extensions: { code: 'BAD_USER_INPUT' } }));
    expect(wire(inner)).toMatchObject({
      message: 'UUID must look like',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('is counted by its code, once', async () => {
    toClientError(thrown(new KinostatError('NOT_FOUND', 'no')), events);
    toClientError(thrown(new Error('x')), events);
    const { values } = await metrics.graphqlErrors.get();
    expect(values.map(({ labels, value }) => [labels.code, value])).toEqual([
      ['NOT_FOUND', 1],
      ['INTERNAL_SERVER_ERROR', 1],
    ]);
  });
});

describe('over HTTP', () => {
  it('a failing resolver leaves the rest of the answer, the status below 500 and nothing internal', async () => {
    await using server = await bootApp();
    const { immersion } = server.app.store;
    (immersion as { summarizeLifetime: unknown }).summarizeLifetime = () => Promise.reject(new Error(SECRET));
    const { status, data, errors } = await server.ask('{ streak { currentDays } a: __typename } ');
    expect([status, errors]).toEqual([200, undefined]);
    expect(data).toEqual({ streak: { currentDays: 0 }, a: 'Query' });
    const failed = await server.ask('{ lifetime { sessions } }');
    expect(failed.status).toBeLessThan(500);
    expect(failed.errors).toMatchObject([
      { message: 'Something went wrong', path: ['lifetime'], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
    expect(JSON.stringify(failed)).not.toContain('SELECT');
  });
});
