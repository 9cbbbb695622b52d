import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './cruise.js';

interface Source {
  /** `src/domain/time.ts` */
  readonly path: string;
  readonly text: string;
}

let sources: readonly Source[];
beforeAll(async () => {
  const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  sources = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        return { path: relative(ROOT, file).split(sep).join('/'), text: await readFile(file, 'utf8') };
      }),
  );
});

const withoutComments = (text: string): string => text.replaceAll(/\/\*[^]*?\*\/|\/\/ .*/g, '');
const filesWith = (pattern: RegExp): string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('source files', () => {
  it('are there, and are TypeScript', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter(({ path }) => !path.endsWith('.ts'))).toEqual([]);
  });

  it('have at most 250 lines', () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 250);
    expect(long).toEqual([]);
  });

  it('have names that are kebab-case nouns, and say what is inside', () => {
    const names = sources.map(({ path }) => path);
    expect(names.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path)))).toEqual([]);
    expect(
      names.filter((path) => /\b(utils?|helpers?|common|managers?|misc|shared-\w+)\b/.test(path)),
    ).toEqual([]);
  });

  it('read the environment in one place', () => {
    expect(filesWith(/\bprocess\s*\.\s*env\b|\bprocess\s*\[/)).toEqual(['src/config/env.ts']);
    expect(filesWith(/import\s*{[^}]*\benv\b[^}]*}\s*from 'node:process'/)).toEqual([]);
  });

  it('never end the process but in main', () => {
    expect(filesWith(/\bprocess\s*\.\s*(exit|abort)\s*\(/).filter((path) => path !== 'src/main.ts')).toEqual(
      [],
    );
  });

  it('have no barrel: a file that only hands on what others export', () => {
    const barrels = sources.filter(({ text }) => {
      const statements = withoutComments(text)
        .split(';')
        .map((s) => s.trim())
        .filter(Boolean);
      return statements.every((statement) => /^export (type )?(\*|{[^}]*}) (as \w+ )?from/.test(statement));
    });
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it('do not switch the checks of types off', () => {
    const typed = sources.filter(({ text }) => /: any\b|as any\b|<any\b/.test(withoutComments(text)));
    expect(typed.map(({ path }) => path)).toEqual([]);
    expect(filesWith(/@ts-(ignore|nocheck|expect-error)/)).toEqual([]);
  });

  it('write to the console only from the command line and the log', () => {
    expect(filesWith(/\bconsole\.(log|error|warn|info|debug)\b/)).toEqual([]);
    const writers = filesWith(/process\.std(out|err)\.write/);
    expect(writers.filter((path) => !/^src\/(cli|docs)\/|^src\/main\.ts$/.test(path))).toEqual([]);
  });

  it('take the time from a clock: domain, ingest, jobs, graphql and db never ask the machine', () => {
    const inner = /^src\/(domain|ingest|jobs|graphql|db|schema|media)\//;
    const asking = filesWith(/\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)/);
    expect(asking.filter((path) => inner.test(path))).toEqual([]);
  });

  it('say SQL in db/ only, and of our tables only once for both databases', () => {
    const verbs = /[`']\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) [^`']*\b(imm|sys)_/;
    expect(filesWith(verbs).filter((path) => !path.startsWith('src/db/'))).toEqual([]);
    // What one database alone has: the seed's files, and months as partitions.
    const own = filesWith(/\b(imm|sys)_[a-z]+/).filter((path) => /^src\/db\/(sqlite|postgres)\//.test(path));
    expect(own.toSorted()).toEqual(['src/db/postgres/backend.ts', 'src/db/sqlite/seed-adoption.ts']);
  });

  it('say no statement twice', () => {
    const seen = new Map<string, string[]>();
    for (const { path, text } of sources) {
      for (const [, sql = ''] of withoutComments(text).matchAll(
        /[`']((?:SELECT|INSERT|UPDATE|DELETE|WITH) [^`']{50,})[`']/g,
      )) {
        const key = sql.replaceAll(/\s+/g, ' ');
        seen.set(key, [...(seen.get(key) ?? []), path]);
      }
    }
    expect(seen.size).toBeGreaterThan(15);
    expect([...seen].filter(([, paths]) => paths.length > 1)).toEqual([]);
  });
});
