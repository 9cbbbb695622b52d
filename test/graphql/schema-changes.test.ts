import { readFile } from 'node:fs/promises';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';

const read = (name: string): Promise<string> => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

/** Changes that break a client; each must stand in the changelog under "Breaking", with its reason. */
async function breakingChanges(
  released: string,
  current: ReturnType<typeof createSchema>,
): Promise<string[]> {
  const changes = await diff(buildSchema(released), current);
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message }) => message);
}

describe('the API', () => {
  it('breaks no client of the last release but as the changelog says', async () => {
    const changelog = await read('CHANGELOG.md');
    const unlisted = (
      await breakingChanges(await read('test/fixtures/released-schema.graphql'), createSchema())
    ).filter((message) => !changelog.includes(message));
    expect(unlisted).toEqual([]);
  });

  it('would be caught breaking one', async () => {
    const released = await read('test/fixtures/released-schema.graphql');
    const before = await breakingChanges(released, createSchema());
    const changed = released.replace('type Query {', 'type Query {\n  onceHere: String!');
    expect(await breakingChanges(changed, createSchema())).toEqual(
      expect.arrayContaining([...before, "Field 'onceHere' was removed from object type 'Query'"]),
    );
  });
});
