import { StartupError } from '../domain/errors.js';

/** All that is wrong, one line each: nobody should have to start a server five times to learn of five mistakes. */
export class ConfigError extends StartupError {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}
