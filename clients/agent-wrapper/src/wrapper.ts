import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { Delivery, type DeliveryReport } from './delivery.js';
import { splitLines } from './lines.js';
import { matchLine, type OutputStream, type PatternFile } from './patterns.js';
import type { Server } from './server.js';

/** These reach the command; the wrapper goes on until it has ended. */
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell says that a command was not found, and that it was but cannot be run. */
const NOT_FOUND_EXIT_CODE = 127;
const NOT_RUNNABLE_EXIT_CODE = 126;
/** What a shell adds to the number of the signal that ended a command. */
const SIGNAL_EXIT_CODE_BASE = 128;

export interface WrapOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly agent: string;
  readonly environment: string | null;
  readonly patterns: PatternFile;
  readonly server: Server;
  /** For what is not delivered yet when the command has ended. */
  readonly closeTimeoutMs: number;
}

export interface WrapResult extends DeliveryReport {
  /** Null when nothing is told to a server: the command did not start. */
  readonly sessionUuid: string | null;
  /** That of the command; 128 and the signal's number when one ended it; 126 or 127 when it did not start. */
  readonly exitCode: number;
}

/**
 * Runs the command with its output passed through unchanged, and reports its session and what the patterns find. The
 * command never waits for the server.
 */
export async function wrap(options: WrapOptions): Promise<WrapResult> {
  const sessionUuid = randomUUID();
  const child = spawn(options.command, options.args, { stdio: ['inherit', 'pipe', 'pipe'] });
  const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    child.once('spawn', () => resolve(null));
    child.once('error', resolve);
  });
  if (failure !== null) {
    const isMissing = failure.code === 'ENOENT';
    const why = isMissing ? 'command not found' : `cannot be run (${failure.code ?? failure.message})`;
    process.stderr.write(`kinostat-wrap: ${options.command}: ${why}\n`);
    const exitCode = isMissing ? NOT_FOUND_EXIT_CODE : NOT_RUNNABLE_EXIT_CODE;
    return { sessionUuid: null, exitCode, delivered: 0, lost: 0, failure: null };
  }
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);

  const delivery = new Delivery(options.server, sessionUuid);
  delivery.announce('startProcess', 'StartProcessInput', {
    agent: options.agent,
    environment: options.environment,
    extractionConfigVersion: options.patterns.version,
    startedAtMs: Date.now(),
  });
  delivery.announce('recordProcessState', 'RecordProcessStateInput', { state: 'RUNNING', atMs: Date.now() });

  let linesCount = 0;
  let clientSeq = 0;
  const read = (output: Readable, from: OutputStream, to: NodeJS.WriteStream): void => {
    output.pipe(to, { end: false });
    // Whoever read our output has gone; the command learns it as it would without us.
    to.once('error', () => child.kill('SIGPIPE'));
    splitLines(output, (line) => {
      linesCount += 1;
      const matches = matchLine(options.patterns, line, linesCount, from);
      delivery.add(matches.map((match) => ({ ...match, tsMs: Date.now(), clientSeq: (clientSeq += 1) })));
    });
  };
  read(child.stdout, 'stdout', process.stdout);
  read(child.stderr, 'stderr', process.stderr);
  const exitCode = await new Promise<number>((resolve) =>
    child.once('close', (code, signal) =>
      resolve(code ?? SIGNAL_EXIT_CODE_BASE + (signal === null ? 0 : constants.signals[signal])),
    ),
  );
  // Who asks when the wrapper has ended finds the whole run: the end is the last thing sent, and waits for its commit.
  const input = { endedAtMs: Date.now(), exitCode, linesCount, durability: 'COMMITTED' };
  const report = await delivery.close(
    { field: 'endProcess', inputType: 'EndProcessInput', input },
    options.closeTimeoutMs,
  );
  for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  return { ...report, sessionUuid, exitCode };
}
