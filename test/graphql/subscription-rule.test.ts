import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { subscriptionRule } from '../../src/graphql/subscription-rule.js';
import { bootApp } from '../support/app.js';

const SCHEMA = createSchema();
const codesOf = (document: string) =>
  validate(SCHEMA, parse(document), [subscriptionRule]).map(({ extensions }) => extensions['code']);

describe('the root field of a subscription', () => {
  it.each([
    ['itself', 'subscription { serverStatus @include(if: false) { at } }'],
    ['by a variable', 'subscription ($no: Boolean!) { serverStatus @skip(if: $no) { at } }'],
    ['in an inline fragment', 'subscription { ... @include(if: false) { serverStatus { at } } }'],
    ['below an inline fragment', 'subscription { ... { serverStatus @skip(if: true) { at } } }'],
    [
      'in a fragment',
      'subscription { ...F } fragment F on Subscription { serverStatus @include(if: false) { at } }',
    ],
  ])('may not be skipped: %s', (_where, document) => {
    expect(codesOf(document)).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    'subscription { serverStatus { at @include(if: false) version } }',
    'subscription { ...F } fragment F on Subscription { serverStatus { at @skip(if: true) version } }',
    'query { lifetime @include(if: false) { sessions } }',
  ])('is the only one that is looked at: %s', (document) => {
    expect(codesOf(document)).toEqual([]);
  });
});

describe('a server that is asked for one', () => {
  it.each([
    'subscription { serverStatus @include(if: false) { at } }',
    'subscription ($no: Boolean!) { serverStatus @skip(if: $no) { at } }',
  ])('says what is wrong with %s', async (query) => {
    await using t = await bootApp();
    const response = await fetch(`${t.app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables: { no: true } }),
    });
    const text = await response.text();
    expect(text).toContain('"code":"BAD_USER_INPUT"');
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  });
});
