import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { packageVersion } from '../../src/app/package-info.js';
import { createProgram } from '../../src/cli/index.js';
import { Installation, type Ended } from './kinostat-process.js';

let kinostat: Installation;
beforeEach(async () => {
  kinostat = await Installation.create();
});
afterEach(() => kinostat[Symbol.asyncDispose]());

/** A failure is exit 1, nothing on stdout, and one line that says why. */
function expectOneLine({ code, stdout, stderr }: Ended, pattern: RegExp): void {
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toMatch(pattern);
  expect(stderr).not.toMatch(/\n\s+at /);
}

describe('help', () => {
  const walk = (command: Command, parents: readonly string[] = []): [string, Command][] => {
    const path = [...parents, command.name()];
    return [[path.join(' '), command], ...command.commands.flatMap((child) => walk(child, path))];
  };
  const all = walk(createProgram());

  it('lists every command and what it does', async () => {
    const { code, stdout, stderr } = await kinostat.run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const name of [
      'serve',
      'demo',
      'migrate',
      'rollup',
      'prune',
      'vacuum',
      'backup',
      'token',
      'doctor',
      'transfer',
      'search',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} .*\\S {2,}\\S|^  ${name} +[A-Z]`, 'm'));
    }
  });

  it.each(all)('of %s says how it is used and what each option means', (path, command) => {
    const help = command.helpInformation();
    expect(help).toContain(`Usage: ${path} `);
    expect(command.description()).toMatch(/^[A-Z].{10,}/);
    for (const { flags, description } of command.options) expect(description, flags).not.toBe('');
    for (const argument of command.registeredArguments)
      expect(argument.description, argument.name()).not.toBe('');
  });

  it('of a command inside a command is printed, and touches nothing', async () => {
    const { code, stdout, stderr } = await kinostat.run(['token', 'create', '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: kinostat token create \[options\] \[name\]\n/);
    await expect(readFile(kinostat.file)).rejects.toThrow('ENOENT');
  });

  it('tells the version of the package', async () => {
    expect((await kinostat.run(['--version'])).stdout).toBe(`${packageVersion()}\n`);
  });
});

describe('what cannot be done ends with exit 1 and one line', () => {
  it.each([
    ['an unknown command', ['dance'], /unknown command 'dance'/],
    ['an unknown flag', ['migrate', '--wrong'], /unknown option '--wrong'/],
    ['a missing argument', ['backup'], /missing required argument 'file'/],
    ['a missing scope', ['token', 'create', 'x'], /--scope/],
    [
      'an unknown scope',
      ['token', 'create', 'x', '--scope', 'root'],
      /"root" is none of read, ingest, admin/,
    ],
    ['a token id in words', ['token', 'revoke', 'first'], /It is a number/],
    ['a day of no calendar', ['demo', '--until', '2026-02-30'], /It is a day, yyyy-mm-dd/],
  ])('%s', async (_what, args, pattern) => {
    expectOneLine(await kinostat.run(args), pattern);
  });

  it('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expectOneLine(
      await kinostat.run(['serve', '--port', String(port)]),
      new RegExp(`127.0.0.1:${port} is already in use`),
    );
    other.close();
  });

  it('an address that others reach, without a token', async () => {
    expectOneLine(
      await kinostat.run(['serve', '--host', '0.0.0.0', '--port', '0']),
      /no token exists: create one with/,
    );
  });

  it.each([
    ['text', Buffer.from('this is my diary\n'.repeat(300))],
    [
      'the header of SQLite and noise',
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_000, 7)]),
    ],
  ])('a database file that is %s', async (_what, content) => {
    await mkdir(dirname(kinostat.file), { recursive: true });
    await writeFile(kinostat.file, content);
    for (const args of [
      ['serve', '--port', '0'],
      ['migrate', '--status'],
    ]) {
      expectOneLine(await kinostat.run(args), /is not a SQLite database|is damaged: restore a backup/);
    }
    expect(await readFile(kinostat.file)).toEqual(content);
  });

  it('a folder that is a file', async () => {
    await writeFile(join(kinostat.folder, 'data'), '');
    for (const args of [
      ['serve', '--port', '0'],
      ['migrate', '--status'],
    ]) {
      expectOneLine(
        await kinostat.run(args),
        /kinostat\.sqlite cannot be opened: a part of its path is not a folder/,
      );
    }
  });

  it('a database of another program, which stays as it is', async () => {
    await mkdir(dirname(kinostat.file), { recursive: true });
    const { default: Database } = await import('better-sqlite3');
    const foreign = new Database(kinostat.file);
    foreign.exec('CREATE TABLE recipes (id INTEGER PRIMARY KEY); INSERT INTO recipes VALUES (1)');
    foreign.close();
    expectOneLine(await kinostat.run(['migrate']), /holds the tables of another program/);
  });
});

describe('an invalid configuration', () => {
  const WRONG = { KINOSTAT_PORT: 'eighty', KINOSTAT_TIMEZONE: 'Mars/Olympus', KINOSTAT_BATCHSIZE: '5' };

  it.each(['serve', 'doctor'])('is told with all its problems at once by %s', async (command) => {
    const { code, stdout, stderr } = await kinostat.run([command], WRONG);
    expect([code, stdout]).toEqual([1, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toBe('kinostat: The configuration is invalid:');
    expect(lines.slice(1).toSorted()).toEqual([
      expect.stringContaining('KINOSTAT_BATCHSIZE is not a setting'),
      expect.stringContaining('KINOSTAT_PORT must be an integer from 0 to 65535'),
      expect.stringContaining('KINOSTAT_TIMEZONE: "Mars/Olympus" is not an IANA time zone'),
    ]);
  });

  it.each([
    ['', 'production'],
    ['development', 'development'],
  ])('runs its libraries with NODE_ENV "%s" as %s', async (given, expected) => {
    const server = kinostat.start(['serve', '--port', '0'], {
      NODE_ENV: given,
      NODE_OPTIONS: `--import data:text/javascript,process.on('exit',()=>console.log('as',process.env.NODE_ENV))`,
    });
    await server.said(/listening on/);
    server.child.kill('SIGTERM');
    expect((await server.ended).stdout).toMatch(new RegExp(`as ${expected}\\n$`));
  });

  it('is judged after the flags, which win over the environment', async () => {
    const server = kinostat.start(['serve', '--port', '0', '--timezone', 'Asia/Tokyo'], {
      KINOSTAT_PORT: 'eighty',
      KINOSTAT_TIMEZONE: 'Mars/Olympus',
    });
    const [, url] = await server.said(/listening on (http:\S+)/);
    const response = await fetch(`${url ?? ''}/graphql?query=%7BserverStatus%7Btimezone%7D%7D`);
    expect(await response.json()).toEqual({ data: { serverStatus: { timezone: 'Asia/Tokyo' } } });
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });
});

describe('tokens', () => {
  interface Listed {
    readonly id: number;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly revokedAt: string | null;
  }

  it('are shown once at their creation, listed without their secret, and revoked by number', async () => {
    const made = await kinostat.json<{ token: string; scopes: string[] }>([
      'token',
      'create',
      'mpv',
      '--scope',
      'ingest, read',
    ]);
    expect(made.token).toMatch(/^kst_[A-Za-z0-9_-]{32}$/);
    expect(made.scopes).toEqual(['read', 'ingest']);
    const plain = await kinostat.run(['token', 'create', 'boss', '--scope', 'admin']);
    expect(plain.stdout).toMatch(/^kst_[A-Za-z0-9_-]{32}\n$/);
    const list = await kinostat.run(['token', 'list', '--json']);
    expect(list.stdout).not.toContain(made.token.slice(4));
    expect(JSON.parse(list.stdout)).toMatchObject([
      { id: 1, name: 'mpv', scopes: ['read', 'ingest'], lastUsedAt: null, revokedAt: null },
      { id: 2, name: 'boss', scopes: ['admin'] },
    ]);
    expect(await kinostat.run(['token', 'revoke', '1'])).toMatchObject({
      code: 0,
      stdout: 'token 1 is revoked\n',
    });
    expectOneLine(await kinostat.run(['token', 'revoke', '1']), /There is no active token 1/);
    const after = await kinostat.json<Listed[]>(['token', 'list']);
    expect(after.map(({ revokedAt }) => revokedAt !== null)).toEqual([true, false]);
  });

  it('are not kept in the database file as they are', async () => {
    const { token } = await kinostat.json<{ token: string }>(['token', 'create', 'mpv', '--scope', 'read']);
    expect((await readFile(kinostat.file)).includes(token)).toBe(false);
  });
});
