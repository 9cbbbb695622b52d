import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_REQUESTS } from '../graphql/bad-inputs.js';
import { body, KNOWN, NOW, subscription, telemetry } from '../graphql/request-bodies.js';
import { bootApp, type TestApp } from '../support/app.js';
import { start } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { rawRequest, type RawAnswer } from './raw-request.js';

let server: TestApp;
beforeAll(async () => {
  server = await bootApp({}, new FakeClock(NOW));
  await server.app.store.apply([[start(1)]], NOW);
});
afterAll(() => server[Symbol.asyncDispose]());

/** The same type to Yoga, but not one of those that are answered without its HTTP handling. */
const DIRECT = ['application/json', 'application/graphql-response+json'];
const THROUGH_YOGA: Record<string, string> = {
  'application/json': 'application/json;q=1',
  'application/graphql-response+json': 'application/graphql-response+json;q=1',
};

const send = (text: string, accept: string): Promise<RawAnswer> =>
  rawRequest(server.app.url, {
    headers: {
      'content-type': 'application/json',
      accept,
      ...(text === '' ? { 'content-length': 0 } : {}),
    },
    chunks: text === '' ? [] : [text],
  });

/** What depends on the moment, not on the way. */
const settled = ({ status, headers, body: text }: RawAnswer) => ({
  status,
  type: headers['content-type'],
  allow: headers['allow'],
  text: text
    .replace(/"errorId":"[^"]+"/, '"errorId"')
    // An empty body reaches Yoga as a blank.
    .replace(String.raw`\" \"`, String.raw`\"\"`)
    .replace(/"duplicates":\d+|"queueDepth":\d+/g, '"counted"')
    .replace(/"sessionUuid":"[^"]+"/, '"sessionUuid"'),
});

const GOOD: readonly (readonly [string, string])[] = [
  ['a query', body('{ __typename sessions(first: 1) { totalCount } }')],
  ['a query with variables', body('query ($n: Int!) { sessions(first: $n) { totalCount } }', { n: 1 })],
  ['a mutation', telemetry({ linesSeen: 1 })],
  ['a mutation with a wrong item', telemetry({ linesSeen: -1 })],
  [
    'one of several operations',
    JSON.stringify({ query: 'query A { a: __typename } query B { b: __typename }', operationName: 'B' }),
  ],
  ['the schema', body('{ __schema { types { name } } }')],
  [
    'a variable with a default',
    body(
      'mutation ($d: Durability = COMMITTED, $id: UUID!) { recordTelemetry(input: { sessionUuid: $id, samples: [], durability: $d }) { accepted } }',
      { id: KNOWN },
    ),
  ],
  ['a variable that nobody needs', body('query ($n: Int) { sessions(first: $n) { totalCount } }')],
];
const STRANGE: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no JSON', '{"query": "{ __typename }"'],
  ['a list', '[{"query":"{ __typename }"}]'],
  ['null', 'null'],
  ['text', '"{ __typename }"'],
  ['no query', '{"variables":{}}'],
  ['a query that is a number', '{"query":1}'],
  ['variables that are a list', '{"query":"{ __typename }","variables":[1]}'],
  ['another parameter', '{"query":"{ __typename }","extra":1}'],
  ['no such operation', JSON.stringify({ query: 'query A { __typename }', operationName: 'B' })],
  ['an unknown field', body('{ nothing }')],
  ['no document', body('{')],
  ['the word subscription in a text', body('{ video(videoKey: "subscription") { id } }')],
  ['a missing variable', body('query ($n: Int!) { sessions(first: $n) { totalCount } }')],
  ['a variable of another type', telemetry({ sampleMs: 'now' })],
];
const BAD = Object.values(BAD_REQUESTS)
  .flat()
  .map(([what, of]) => [what, of('cursor')] as const);

describe('a JSON post is answered the same, straight or through Yoga', () => {
  it.each([...GOOD, ...STRANGE, ...BAD])('%s', async (_what, text) => {
    for (const type of DIRECT) {
      const direct = settled(await send(text, type));
      expect(direct).toEqual(settled(await send(text, THROUGH_YOGA[type] ?? '')));
      expect(direct.text).not.toBe('');
    }
  });

  it('a subscription is a stream to who takes anything, and refused to who takes JSON only', async () => {
    const text = subscription('nothing');
    expect((await send(text, '*/*')).status).toBe((await send(text, '*/*;q=1')).status);
    expect((await send(text, 'application/json')).status).toBe(
      (await send(text, 'application/json;q=1')).status,
    );
  });
});
