import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REPOSITORY_ROOT } from './mpv-player.js';

const START_TIMEOUT_MS = 30_000;

/** A port on which nobody listens now. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface GraphqlAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** The built server as a process of its own. KINOSTAT_E2E_SERVER names another entry file. */
export class KinostatServer {
  readonly #process: ChildProcess;
  readonly #closed: Promise<void>;
  readonly port: number;

  private constructor(child: ChildProcess, closed: Promise<void>, port: number) {
    this.#process = child;
    this.#closed = closed;
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  static async start(options: {
    readonly sqliteFile: string;
    readonly port: number;
  }): Promise<KinostatServer> {
    const entry = process.env.KINOSTAT_E2E_SERVER ?? join(REPOSITORY_ROOT, 'dist', 'main.js');
    const child = spawn(process.execPath, [entry, 'serve'], {
      cwd: REPOSITORY_ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        KINOSTAT_HOST: '127.0.0.1',
        KINOSTAT_PORT: String(options.port),
        KINOSTAT_SQLITE_FILE: options.sqliteFile,
        KINOSTAT_LOG_LEVEL: 'info',
      },
    });
    let output = '';
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const listening = new Promise<number>((resolve) => {
      const gather = (chunk: string): void => {
        output += chunk;
        const line = output.split('\n').find((candidate) => candidate.includes('listening'));
        const port = /http:\/\/127\.0\.0\.1:(\d+)/u.exec(line ?? '')?.[1];
        if (port !== undefined) resolve(Number(port));
      };
      child.stdout.setEncoding('utf8').on('data', gather);
      child.stderr.setEncoding('utf8').on('data', gather);
    });
    const timeout = new AbortController();
    const expiry = delay(START_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    const port = await Promise.race([listening, closed, expiry]);
    timeout.abort();
    if (port === undefined) {
      child.kill('SIGKILL'); // does nothing when it has ended by itself
      throw new Error(`the server did not start: ${output}`);
    }
    return new KinostatServer(child, closed, port);
  }

  async query<T>(document: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-graphql-yoga-csrf': 'kinostat-e2e' },
      body: JSON.stringify({ query: document, variables }),
    });
    const answer = (await response.json()) as GraphqlAnswer<T>;
    if (answer.errors !== undefined || answer.data === undefined || answer.data === null) {
      throw new Error(`GraphQL: ${answer.errors?.map((error) => error.message).join('; ') ?? 'no data'}`);
    }
    return answer.data;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
    await this.#closed;
    clearTimeout(force);
  }

  /** As a power cut would, without a chance to drain. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }
}
