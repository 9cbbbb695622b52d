import { readFile } from 'node:fs/promises';
import { packagePath } from '../../src/app/package-info.js';

/** The fenced blocks below one heading, by language. */
export interface Section {
  readonly title: string;
  readonly blocks: Readonly<Record<string, readonly string[]>>;
}

/** Cuts a page at its `##` headings. */
export async function readSections(path: string): Promise<readonly Section[]> {
  const text = await readFile(packagePath(path), 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const blocks: Record<string, string[]> = {};
      for (const [, language = '', body = ''] of part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
        (blocks[language] ??= []).push(body);
      }
      return { title: part.split('\n', 1)[0] ?? '', blocks };
    });
}
