import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';

/** The audits of the GraphQL over HTTP specification, as graphql-http 1.23 states them, against the hardened server. */
let t: TestApp;
beforeAll(async () => {
  t = await bootApp();
});
afterAll(() => t[Symbol.asyncDispose]());

const audits = serverAudits({ url: () => `${t.app.url}/graphql`, fetchFn: fetch });

describe('GraphQL over HTTP', () => {
  it('has 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  for (const audit of audits) {
    it(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
    });
  }
});
