import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/app/package-info.js';
import { createSchema } from '../../src/graphql/schema.js';

const read = (path: string): Promise<string> => readFile(packagePath(path), 'utf8');
const exists = (path: string): Promise<boolean> =>
  access(packagePath(path)).then(
    () => true,
    () => false,
  );

const pagesOf = async (folder: string): Promise<string[]> =>
  (await readdir(packagePath(folder)))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'STYLE_GUIDE.md',
  ...(await pagesOf('docs')),
  ...(await pagesOf('docs/adr')),
];

const withoutBlocks = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** As GitHub makes them: lower case, punctuation gone, spaces to hyphens. */
const anchorsOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(PAGES)('%s', (page) => {
  it('links only to what exists', async () => {
    const links = [...withoutBlocks(await read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, link = '']) => link,
    );
    const broken: string[] = [];
    for (const link of links.filter((found) => !/^https?:/.test(found))) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!(await exists(target))) broken.push(link);
      else if (anchor !== undefined && !anchorsOf(await read(target)).includes(anchor)) broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  it('names only files and tests that exist', async () => {
    const text = withoutBlocks(await read(page));
    const missing: string[] = [];
    for (const [, path = ''] of text.matchAll(
      /`((?:src|test|docs|drizzle|scripts|bench|clients)\/[\w./-]+\.\w+)`/g,
    )) {
      if (!(await exists(path))) missing.push(path);
    }
    for (const [, path = '', name = ''] of text.matchAll(/`(test\/[\w./-]+)` "([^"]+)"/g)) {
      if (!(await read(path)).includes(name)) missing.push(`${path} "${name}"`);
    }
    expect(missing).toEqual([]);
  });

  it('shows only GraphQL that the API takes', async () => {
    const blocks = [...(await read(page)).matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(
      ([, body = '']) => body,
    );
    expect(
      blocks.flatMap((body) => validate(createSchema(), parse(body)).map(({ message }) => message)),
    ).toEqual([]);
  });
});

describe('the cases of the agents seed', () => {
  it('stand by their names in one contract test, 22 of units and 12 of the integration, and nothing else does', async () => {
    const [, agents = ''] = (await read('docs/seed-coverage.md')).split('# Coverage of agent persistence');
    const casesOf = (title: string): string[] => {
      const [, section = ''] = agents.split(`\n## ${title}\n`);
      const [table = ''] = section.split('\n## ');
      const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, name = '']) => name.trim());
      return rows.filter((name) => name !== 'Case' && !name.startsWith('---'));
    };
    const units = [...casesOf('Extraction store'), ...casesOf('Session store')];
    const integration = casesOf('Integration');
    expect([units.length, integration.length]).toEqual([22, 12]);
    const text = await read('test/contract/agents-seed-cases.test.ts');
    const tests = [...text.matchAll(/^ {2}it\('([^']+)'/gm)].map(([, name = '']) => name);
    const cases = [...units, ...integration];
    expect(cases.filter((name) => !tests.some((test) => test.startsWith(name)))).toEqual([]);
    expect(tests).toHaveLength(cases.length);
  });
});

describe('deploy', () => {
  it('uses settings that exist, and publishes to this machine only', async () => {
    const compose = await read('deploy/compose.yaml');
    const names = [...compose.matchAll(/^\s+(KINOSTAT_[A-Z_]+):/gm)].map(([, name = '']) => name);
    const pages = await read('docs/configuration.md');
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !pages.includes(`\`${name}\``))).toEqual([]);
    const published = [...compose.matchAll(/^\s+- (\S*:\d+:\d+)$/gm)].map(([, port]) => port);
    expect(published).toEqual(['127.0.0.1:4114:4114']);
  });
});
