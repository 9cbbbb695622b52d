import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, from the sources as from the build. */
const root = new URL('../../', import.meta.url);

export const packageVersion = (): string => {
  const parsed: unknown = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
};

export const packagePath = (...parts: readonly string[]): string =>
  fileURLToPath(new URL(parts.join('/'), root));
