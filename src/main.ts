#!/usr/bin/env node
import { createProgram } from './cli/index.js';
import { StartupError, StorageError } from './domain/errors.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof StartupError) process.stderr.write(`kinostat: ${error.message}\n`);
  else if (error instanceof StorageError)
    process.stderr.write(`kinostat: the database failed: ${error.message} (${error.code})\n`);
  else
    process.stderr.write(
      `kinostat: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  process.exitCode = 1;
}
