import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort, KinostatServer } from './kinostat-server.js';
import { REPOSITORY_ROOT } from './mpv-player.js';

const WRAPPER = join(REPOSITORY_ROOT, 'clients', 'agent-wrapper', 'dist', 'main.js');
const EXAMPLE = join(REPOSITORY_ROOT, 'clients', 'agent-wrapper', 'patterns.example.json');

let folder: string;
let port: number;
const open: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kinostat-wrapper-'));
  port = await findFreePort();
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startServer(): Promise<KinostatServer> {
  const server = await KinostatServer.start({ sqliteFile: join(folder, 'k.sqlite'), port });
  open.push(server);
  return server;
}

function wrapper(...args: string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const options = ['--server', `http://127.0.0.1:${port}`, '--patterns', EXAMPLE, '--verbose'];
  return spawn(process.execPath, [WRAPPER, ...options, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

async function outcomeOf(child: ChildProcess): Promise<Run> {
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  return { stdout, stderr, exitCode };
}

const run = (...args: string[]): Promise<Run> => {
  const child = wrapper(...args);
  child.stdin?.end();
  return outcomeOf(child);
};

interface ProcessSession {
  readonly agent: string;
  readonly state: string;
  readonly exitCode: number | null;
  readonly extractionConfigVersion: string | null;
  readonly totals: { readonly lines: number; readonly extractions: number };
  readonly stateChanges: { readonly edges: readonly { readonly node: { readonly state: string } }[] };
  readonly extractions: {
    readonly edges: readonly {
      readonly node: {
        readonly pattern: string;
        readonly matchedValue: string;
        readonly riskLevel: string;
        readonly lineNumber: number;
      };
    }[];
  };
}

/** The session that the wrapper named, at once: its end was committed before the wrapper ended. */
async function sessionOf(server: KinostatServer, { stderr }: Run): Promise<ProcessSession> {
  const sessionUuid = /session ([0-9a-f-]{36})/.exec(stderr)?.[1];
  const { processSession } = await server.query<{ processSession: ProcessSession }>(
    `query ($sessionUuid: UUID!) { processSession(sessionUuid: $sessionUuid) {
      agent state exitCode extractionConfigVersion totals { lines extractions }
      stateChanges { edges { node { state } } }
      extractions(first: 100) { edges { node { pattern matchedValue riskLevel lineNumber } } } } }`,
    { sessionUuid },
  );
  return processSession;
}

const SCRIPT = `
console.log('compiling');
console.log('\\u001b[31mTypeError: x is not a function\\u001b[0m');
console.error('warning: the disk is almost full');
console.log('Remove build? [y/N]');
process.stdout.write('3 passed, 1 failed');
process.exitCode = 3;
`;

describe('the agent wrapper', () => {
  it('passes a command through and reports what its patterns found', async () => {
    const server = await startServer();
    const result = await run('--agent', 'builder', '--', process.execPath, '-e', SCRIPT);
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toBe(
      'compiling\n\u001b[31mTypeError: x is not a function\u001b[0m\nRemove build? [y/N]\n3 passed, 1 failed',
    );
    expect(result.stderr).toMatch(
      /^warning: the disk is almost full\nkinostat-wrap: session .*, 4 extractions delivered\n$/,
    );
    const session = await sessionOf(server, result);
    expect(session).toMatchObject({
      agent: 'builder',
      state: 'FAILED',
      exitCode: 3,
      extractionConfigVersion: '2026-11-21',
      totals: { lines: 5, extractions: 4 },
      stateChanges: { edges: ['STARTED', 'RUNNING', 'FAILED'].map((state) => ({ node: { state } })) },
    });
    const found = session.extractions.edges.map(({ node }) => [
      node.pattern,
      node.matchedValue,
      node.riskLevel,
    ]);
    expect(new Set(found.map((row) => row.join('|')))).toEqual(
      new Set([
        'javascript_error|TypeError: x is not a function|MEDIUM',
        'warning|the disk is almost full|LOW',
        'yes_or_no|Remove build?|LOW',
        'test_totals|3 passed, 1 failed|NONE',
      ]),
    );
  });

  it('wraps a program of the system', async () => {
    const server = await startServer();
    const patterns = join(folder, 'ls.json');
    writeFileSync(
      patterns,
      JSON.stringify({
        patterns: [
          { name: 'missing', type: 'error', regex: "cannot access '(.+)'", stream: 'stderr' },
          { name: 'source', type: 'file', regex: '^(package\\.json)$', stream: 'stdout' },
        ],
      }),
    );
    const result = await run('--patterns', patterns, '--', 'ls', REPOSITORY_ROOT, '/not-there');
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toContain('package.json\n');
    const session = await sessionOf(server, result);
    expect(session.state).toBe('FAILED');
    expect(session.agent).toBe('ls');
    expect(session.extractions.edges.map(({ node }) => node.matchedValue).sort()).toEqual([
      '/not-there',
      'package.json',
    ]);
  });

  it('does not hold the command up while the server is away, and delivers each extraction once when it comes', async () => {
    const child = wrapper('--close-timeout', '60000', '--', 'cat');
    const outcome = outcomeOf(child);
    const lines = Array.from({ length: 250 }, (_, n) => `RangeError: ${n}\n`).join('');
    const [first] = await new Promise<readonly [string]>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => resolve([chunk.toString()]));
      child.stdin!.write(lines);
    });
    expect(first).toMatch(/^RangeError: 0\n/);
    const server = await startServer();
    child.stdin!.end();
    const result = await outcome;
    expect(result).toMatchObject({ exitCode: 0, stdout: lines });
    const session = await sessionOf(server, result);
    expect(session).toMatchObject({ state: 'COMPLETED', totals: { lines: 250, extractions: 250 } });
  });

  it('says what it could not deliver, and still ends as the command did', async () => {
    const result = await run('--close-timeout', '100', '--', process.execPath, '-e', SCRIPT);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('kinostat-wrap: 4 extractions not delivered (no answer from ');
  });

  it('hands signals on and reports the command that they end', async () => {
    const server = await startServer();
    const child = wrapper(
      '--',
      process.execPath,
      '-e',
      'console.log("up"); setInterval(() => undefined, 1000)',
    );
    const outcome = outcomeOf(child);
    await once(child.stdout as NodeJS.EventEmitter, 'data');
    child.kill('SIGTERM');
    const result = await outcome;
    expect(result.exitCode).toBe(143);
    expect(await sessionOf(server, result)).toMatchObject({ state: 'FAILED', exitCode: 143 });
  });

  it('explains itself, and refuses what it cannot use', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: kinostat-wrap');
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{ "patterns": [{ "name": "a", "type": "b", "regex": "(" }] }');
    for (const [args, message] of [
      [['--wrong', '--', 'ls'], /Unknown option '--wrong'/],
      [[], /there is no command/],
      [['--patterns', broken, '--', 'ls'], /patterns\[0\]\.regex: Invalid regular expression/],
      [['--server', 'nowhere', '--', 'ls'], /--server is not an address/],
    ] as const) {
      const result = await run(...args);
      expect(result.exitCode).toBe(2);
      expect(result.stderr).toMatch(message);
    }
    expect(await run('--', './no-such-command')).toEqual({
      exitCode: 127,
      stdout: '',
      stderr: 'kinostat-wrap: ./no-such-command: command not found\n',
    });
    expect(await run('--', broken)).toMatchObject({
      exitCode: 126,
      stderr: `kinostat-wrap: ${broken}: cannot be run (EACCES)\n`,
    });
  });
});
