import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App } from '../../src/app/run.js';
import { systemClock } from '../../src/app/clock.js';
import { parseConfig } from '../../src/config/config.js';
import type { Clock } from '../../src/domain/time.js';
import { createSilentLogger } from '../../src/observability/logger.js';

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly errorId?: string; readonly retryAfterMs?: number };
}

export interface GraphqlAnswer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly GraphqlError[];
}

/** A booted server in a folder of its own, and the ways tests talk to it. */
export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly folder: string;
  /** Answers data and errors as they came. */
  ask<Data = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<GraphqlAnswer<Data>>;
  /** Data only; throws when there are errors. */
  data<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Data>;
}

/** Boots the real thing on port 0 in a temporary folder. Settings are KINOSTAT_ names; jobs run only by name. */
export async function bootApp(
  settings: Readonly<Record<string, string>> = {},
  clock: Clock = systemClock,
  folder?: string,
): Promise<TestApp> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'kinostat-test-')));
  const config = parseConfig({
    KINOSTAT_PORT: '0',
    KINOSTAT_SQLITE_FILE: join(home, 'test.sqlite'),
    ...settings,
  });
  const app = await startApp({
    config,
    clock,
    logger: createSilentLogger(),
    runsJobs: false,
    random: () => 0,
  });
  const ask = async <Data>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<GraphqlAnswer<Data>> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data: Data; errors?: GraphqlError[] };
    return { status: response.status, ...body };
  };
  return {
    app,
    folder: home,
    ask,
    async data<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
      const { data, errors } = await ask<Data>(query, variables);
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      if (folder === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}
