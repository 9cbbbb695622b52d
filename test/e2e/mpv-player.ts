import { spawn, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const REPOSITORY_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT_FILE = join(REPOSITORY_ROOT, 'clients', 'mpv', 'kinostat.lua');

/** Runs a tool to its end and fails with what it wrote to stderr. */
export async function runTool(name: string, args: readonly string[]): Promise<void> {
  const child = spawn(name, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${errors}`);
}

/** Thirty seconds of test picture and tone, about 1 MB, with encoders that every ffmpeg has. */
export async function createTestVideo(file: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=25:duration=30'];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=30'];
  const encoders = ['-c:v', 'mpeg4', '-q:v', '8', '-g', '25', '-c:a', 'aac', '-b:a', '48k', '-shortest'];
  await runTool('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, ...encoders, file]);
}

interface IpcMessage {
  readonly requestId: number | null;
  readonly error: string | null;
  readonly event: string | null;
  readonly name: string | null;
  readonly data: unknown;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parseIpcMessage(line: string): IpcMessage {
  const message: unknown = JSON.parse(line);
  if (!isRecord(message)) throw new Error(`mpv sent no object: ${line}`);
  const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    requestId: typeof message.request_id === 'number' ? message.request_id : null,
    error: textOrNull(message.error),
    event: textOrNull(message.event),
    name: textOrNull(message.name),
    data: message.data,
  };
}

export interface MpvOptions {
  /** Nothing is played when absent: mpv waits idle. */
  readonly videoFile: string | null;
  readonly subtitleFile: string | null;
  readonly socketFile: string;
  /** Options of the Kinostat script. */
  readonly scriptOptions: Readonly<Record<string, string>>;
}

/** A headless mpv that plays in real time with the Kinostat script, driven through its JSON socket. */
export class MpvPlayer {
  readonly #process: ChildProcess;
  readonly #closed: Promise<void>;
  #isClosed = false;
  #socket: Socket | null = null;
  #nextRequestId = 1;
  readonly #requests = new Map<number, (message: IpcMessage) => void>();
  readonly #listeners = new Set<(message: IpcMessage) => void>();
  /** Everything that mpv and the script printed. */
  output = '';

  private constructor(child: ChildProcess) {
    this.#process = child;
    const gather = (chunk: string): void => {
      this.output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', gather);
    child.stderr?.setEncoding('utf8').on('data', gather);
    this.#closed = new Promise((resolve) => {
      const finish = (): void => {
        this.#isClosed = true;
        resolve();
      };
      child.once('close', finish).once('error', (error) => {
        this.output += error.message;
        finish();
      });
    });
  }

  static async start(options: MpvOptions): Promise<MpvPlayer> {
    const args = [
      '--no-config',
      '--vo=null',
      '--ao=null',
      '--no-input-terminal',
      '--term-status-msg=',
      '--msg-level=all=warn,kinostat=v',
      `--script=${SCRIPT_FILE}`,
      `--input-ipc-server=${options.socketFile}`,
      ...Object.entries(options.scriptOptions).map(
        ([name, value]) => `--script-opts-append=kinostat-${name}=${value}`,
      ),
    ];
    if (options.subtitleFile !== null) args.push(`--sub-file=${options.subtitleFile}`);
    args.push(options.videoFile ?? '--idle=yes');
    const player = new MpvPlayer(spawn('mpv', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    try {
      await player.#connect(options.socketFile);
      await player.command('observe_property', 1, 'time-pos');
    } catch (error) {
      await player.kill();
      throw error;
    }
    return player;
  }

  async #connect(socketFile: string): Promise<void> {
    for (let attempt = 0; attempt < 200 && !this.#isClosed; attempt++) {
      const socket = await new Promise<Socket | null>((resolve) => {
        const candidate = connect(socketFile);
        candidate.once('connect', () => resolve(candidate)).once('error', () => resolve(null));
      });
      if (socket !== null) {
        this.#read(socket);
        return;
      }
      await delay(25);
    }
    throw new Error(`mpv opened no socket: ${this.output}`);
  }

  #read(socket: Socket): void {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('error', () => undefined); // mpv closes its end when it quits
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.#receive(parseIpcMessage(line));
    });
  }

  #receive(message: IpcMessage): void {
    if (message.requestId !== null && message.event === null) {
      this.#requests.get(message.requestId)?.(message);
      this.#requests.delete(message.requestId);
    }
    for (const listener of [...this.#listeners]) listener(message);
  }

  async command(...args: readonly (string | number | boolean)[]): Promise<unknown> {
    const requestId = this.#nextRequestId++;
    const answer = new Promise<IpcMessage>((resolve) => this.#requests.set(requestId, resolve));
    this.#socket?.write(`${JSON.stringify({ command: args, request_id: requestId })}\n`);
    const message = await Promise.race([answer, this.#closed]);
    if (message === undefined) throw new Error(`mpv ended: ${this.output}`);
    if (message.error !== 'success')
      throw new Error(`mpv refused ${args.join(' ')}: ${String(message.error)}`);
    return message.data;
  }

  /** Resolves with the first message that the predicate likes; fails after the timeout or when mpv ends. */
  async #waitFor(
    what: string,
    timeoutMs: number,
    matches: (message: IpcMessage) => boolean,
  ): Promise<IpcMessage> {
    let resolveFound: (message: IpcMessage) => void = () => undefined;
    const found = new Promise<IpcMessage>((resolve) => (resolveFound = resolve));
    const listener = (message: IpcMessage): void => {
      if (matches(message)) resolveFound(message);
    };
    this.#listeners.add(listener);
    const timeout = new AbortController();
    try {
      const expiry = delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined);
      const message = await Promise.race([found, this.#closed, expiry]);
      if (message === undefined) throw new Error(`waited in vain for ${what}: ${this.output}`);
      return message;
    } finally {
      timeout.abort();
      this.#listeners.delete(listener);
    }
  }

  async positionMs(): Promise<number> {
    const position = await this.command('get_property', 'time-pos');
    if (typeof position !== 'number') throw new Error('mpv plays nothing');
    return Math.round(position * 1000);
  }

  /** Lets mpv play on until the media position is reached; returns the position then. */
  async playUntil(positionMs: number): Promise<number> {
    await this.#waitFor(
      `position ${positionMs}`,
      positionMs + 20_000,
      ({ name, data }) => name === 'time-pos' && typeof data === 'number' && data * 1000 >= positionMs,
    );
    return this.positionMs();
  }

  /** Seeks exactly; returns where playback was and where it went on. */
  async seekTo(positionMs: number): Promise<{ readonly fromMs: number; readonly toMs: number }> {
    const fromMs = await this.positionMs();
    const landed = this.#waitFor('the end of the seek', 10_000, ({ event }) => event === 'playback-restart');
    await this.command('seek', positionMs / 1000, 'absolute', 'exact');
    await landed;
    return { fromMs, toMs: await this.positionMs() };
  }

  async setPaused(isPaused: boolean): Promise<void> {
    await this.command('set_property', 'pause', isPaused);
  }

  /** The sessions that the script has announced so far, oldest first. */
  sessionUuids(): string[] {
    return [...this.output.matchAll(/session ([\da-f-]{36}) started/gu)].map((match) => match[1]!);
  }

  /** Waits until the script has printed something; for what cannot be seen through the socket. */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!pattern.test(this.output)) {
      if (performance.now() > deadline || this.#isClosed) {
        throw new Error(`waited in vain for ${pattern.source}: ${this.output}`);
      }
      await delay(50);
    }
  }

  /** Asks mpv to quit and waits until it and its output are closed; returns how long that took. */
  async quit(): Promise<number> {
    const startedMs = performance.now();
    this.#socket?.write(`${JSON.stringify({ command: ['quit'] })}\n`);
    const force = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await this.#closed;
    clearTimeout(force);
    this.#socket?.destroy();
    return performance.now() - startedMs;
  }

  /** For tests that failed half way. */
  async kill(): Promise<void> {
    if (!this.#isClosed) this.#process.kill('SIGKILL');
    await this.#closed;
    this.#socket?.destroy();
  }
}
