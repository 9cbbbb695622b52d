#!/usr/bin/env node
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { PatternFileError, readPatternFile } from './patterns.js';
import { openServer } from './server.js';
import { wrap } from './wrapper.js';

const USAGE = `Usage: kinostat-wrap [options] -- <command> [arguments]

Runs a command, passes its output through, and tells a Kinostat server what patterns find in it.

Options:
  --patterns FILE       what to look for (JSON; see patterns.example.json)
  --server URL          default: KINOSTAT_URL, or http://127.0.0.1:4114
  --agent NAME          name of the program in the statistics; default: that of the command
  --environment NAME    where it runs, such as ci or laptop
  --close-timeout MS    how long to go on sending when the command has ended; default 5000
  --verbose             say at the end what was delivered
  -h, --help

A token is read from KINOSTAT_TOKEN. The exit code is that of the command.
`;
/** As shells and getopt do for a wrong flag. */
const USAGE_EXIT_CODE = 2;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [command, ...args] = positionals;
  if (command === undefined) throw new UsageError('there is no command to run');
  if (values.patterns === undefined) throw new UsageError('--patterns is missing');
  const closeTimeoutMs = Number(values['close-timeout']);
  if (!Number.isSafeInteger(closeTimeoutMs) || closeTimeoutMs < 0)
    throw new UsageError('--close-timeout takes whole milliseconds');
  const result = await wrap({
    command,
    args,
    agent: values.agent ?? basename(command),
    environment: values.environment ?? null,
    patterns: readPatternFile(values.patterns),
    server: openServer(addressOf(values.server), process.env.KINOSTAT_TOKEN ?? null),
    closeTimeoutMs,
  });
  if (result.lost > 0)
    process.stderr.write(
      `kinostat-wrap: ${extractions(result.lost)} not delivered (${result.failure ?? 'refused'})\n`,
    );
  else if (result.failure !== null)
    process.stderr.write(`kinostat-wrap: not everything was delivered: ${result.failure}\n`);
  if (values.verbose && result.sessionUuid !== null)
    process.stderr.write(
      `kinostat-wrap: session ${result.sessionUuid}, ${extractions(result.delivered)} delivered\n`,
    );
  return result.exitCode;
}

const extractions = (count: number): string => `${count} ${count === 1 ? 'extraction' : 'extractions'}`;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        patterns: { type: 'string' },
        server: { type: 'string', default: process.env.KINOSTAT_URL ?? 'http://127.0.0.1:4114' },
        agent: { type: 'string' },
        environment: { type: 'string' },
        'close-timeout': { type: 'string', default: '5000' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'wrong arguments');
  }
}

function addressOf(text: string): string {
  if (!URL.canParse(text)) throw new UsageError(`--server is not an address: ${text}`);
  return text;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof PatternFileError)) throw error;
  process.stderr.write(`kinostat-wrap: ${error.message}\nTry --help.\n`);
  process.exitCode = USAGE_EXIT_CODE;
}
