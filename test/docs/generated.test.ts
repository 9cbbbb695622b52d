import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/app/package-info.js';
import { generatedFiles } from '../../src/docs/generated-files.js';

describe('generated references', () => {
  it.each(['docs/configuration.md', 'docs/schema.md', 'docs/metrics.md', 'schema.graphql'])(
    '%s is what `npm run docs` writes',
    async (path) => {
      const files = await generatedFiles();
      expect(await readFile(packagePath(path), 'utf8')).toBe(files.get(path));
    },
  );

  it('writes these four files and no other', async () => {
    expect([...(await generatedFiles()).keys()].toSorted()).toEqual(
      ['docs/configuration.md', 'docs/metrics.md', 'docs/schema.md', 'schema.graphql'].toSorted(),
    );
  });
});
