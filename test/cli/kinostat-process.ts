import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way; both outputs are collected. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in stdout; rejects when the program ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Commands on one database file in a folder of their own. Settings of the machine that runs the tests do not reach them. */
export class Installation implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Installation> {
    return new Installation(await mkdtemp(join(tmpdir(), 'kinostat-cli-')));
  }

  get file(): string {
    return join(this.folder, 'data', 'kinostat.sqlite');
  }

  start(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KINOSTAT_'));
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(inherited),
        KINOSTAT_SQLITE_FILE: this.file,
        KINOSTAT_LOG_LEVEL: 'error',
        ...settings,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close').then(([code]): Ended => ({
      code: code as number | null,
      stdout,
      stderr,
    }));
    return {
      child,
      ended,
      async said(pattern) {
        for (;;) {
          const match = pattern.exec(stdout);
          if (match !== null) return match;
          const isOver = await Promise.race([
            once(child.stdout, 'data').then(() => false),
            ended.then(() => true),
          ]);
          if (isOver) throw new Error(`ended without saying ${String(pattern)}: ${stdout}${stderr}`);
        }
      },
    };
  }

  run(args: readonly string[], settings?: Readonly<Record<string, string>>): Promise<Ended> {
    return this.start(args, settings).ended;
  }

  /** What a command that must succeed prints as JSON. */
  async json<Value>(args: readonly string[], settings?: Readonly<Record<string, string>>): Promise<Value> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], settings);
    if (code !== 0) throw new Error(`exit ${String(code)}: ${stderr}`);
    return JSON.parse(stdout) as Value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
