import { expect } from 'vitest';
import type { GraphqlError, TestApp } from '../support/app.js';

export interface RawResult {
  readonly status: number;
  readonly text: string;
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly GraphqlError[];
}

/** Posts any body to /graphql as JSON. A stream that opened is an answer without errors; other text fails the test. */
export async function post(server: TestApp, body: string): Promise<RawResult> {
  const response = await fetch(`${server.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream) return { status: response.status, text, data: null, errors: [] };
  const parsed = JSON.parse(text) as {
    data?: Record<string, unknown> | null;
    errors?: readonly GraphqlError[];
  };
  return { status: response.status, text, data: parsed.data ?? null, errors: parsed.errors ?? [] };
}

/** Nothing of the inside shows: no SQL, no stack, no path, no name of a library. */
export function expectNoInternals(text: string, server: TestApp): void {
  expect(text).not.toMatch(/\b(SELECT|INSERT|UPDATE|DELETE FROM|SQLITE_\w+|imm_\w+|sys_\w+)\b/);
  expect(text).not.toMatch(/\bat \S+ \(|\.[jt]s:\d+|node_modules|"stack"|file:\/\//);
  expect(text).not.toContain(server.folder);
  expect(text).not.toContain(process.cwd());
}
