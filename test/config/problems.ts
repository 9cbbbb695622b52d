import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/config.js';

/** What is wrong with settings, one line each; empty when nothing is. */
export function problemsOf(source: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseConfig(source);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
