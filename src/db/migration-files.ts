import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../domain/errors.js';

export interface Migration {
  /** `0000_initial`. */
  readonly tag: string;
  /** When it was generated, epoch ms: drizzle's key of the applied ones. */
  readonly createdAtMs: number;
  readonly hash: string;
  readonly statements: readonly string[];
}

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** Reads a folder made by drizzle-kit, in order. The hash is the one drizzle itself would store. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const journal = await readFile(join(folder, 'meta', '_journal.json'), 'utf8').then(
    (text) => JSON.parse(text) as Journal,
    (error: unknown) => {
      throw new StartupError(`The migrations in ${folder} cannot be read`, { cause: error });
    },
  );
  return Promise.all(
    journal.entries.map(async ({ tag, when }) => {
      const text = await readFile(join(folder, `${tag}.sql`), 'utf8');
      return {
        tag,
        createdAtMs: when,
        hash: createHash('sha256').update(text).digest('hex'),
        statements: text
          .split('--> statement-breakpoint')
          .map((statement) => statement.trim())
          .filter((statement) => statement !== ''),
      };
    }),
  );
}
