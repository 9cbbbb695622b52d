import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/app/package-info.js';
import { demoHistory } from '../../src/cli/demo-history.js';
import { fillLibrary } from '../../src/cli/demo-library.js';
import { demoPlaybacks } from '../../src/cli/demo-playbacks.js';
import { fillTranscriptions } from '../../src/cli/demo-transcriptions.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { ANALYTICS_TITLES } from './analytics-titles.js';
import { readSections } from './markdown-blocks.js';

/** As `kinostat demo --until 2026-11-21` has it. */
const END_MS = Date.parse('2026-11-21T23:59:59.999Z');
const sections = (await readSections('docs/query-templates.md')).filter(
  ({ title, blocks }) => 'jsonc' in blocks && !ANALYTICS_TITLES.includes(title),
);

let app: TestApp;
beforeAll(async () => {
  app = await bootApp({}, new FakeClock(END_MS));
  // Without samples and events: they are most of the history, and no answer here counts them.
  for (const sitting of demoHistory(90, END_MS)) {
    const ends = sitting.filter(({ kind }) => kind === 'startSession' || kind === 'endSession');
    await app.app.store.apply([ends], END_MS);
  }
  await fillLibrary(app.app.store, 90, END_MS);
  await fillTranscriptions(app.app.store, 90, END_MS);
  for (const playback of demoPlaybacks(90, END_MS)) await app.app.store.apply([playback], END_MS);
});
afterAll(() => app[Symbol.asyncDispose]());

describe('an answer of the page of templates', () => {
  it('stands below every template that the schema of the video site had as a query', () => {
    expect(sections.map(({ title }) => title)).toEqual([
      'Ready entries with their category',
      'An entry with its qualities',
      'Transcoding progress of an entry',
      'Stale transcoding jobs',
      'A whole entry',
      'Overview of the audience',
      'Trend of the audience',
      'Qualities the audience uses',
      'Retention of a video',
      'Top videos of the audience',
      'Playbacks of a video',
    ]);
  });

  it.each([
    'Get Ready Videos with Category',
    'Get Video with Qualities',
    'Get Transcoding Progress',
    'Analytics Overview',
    'Find Stale Jobs',
  ])('is what the row of the common query leads to: %s', async (query) => {
    const page = await readFile(packagePath('docs/query-templates.md'), 'utf8');
    const row = page.split('\n').find((line) => line.startsWith(`| ${query} `)) ?? '';
    const links = [...row.matchAll(/\(#([a-z-]+)\)/g)].map(([, anchor]) => anchor);
    const answered = sections.map(({ title }) => title.toLowerCase().replaceAll(' ', '-'));
    expect(links).not.toEqual([]);
    expect(links.filter((anchor) => !answered.includes(anchor ?? ''))).toEqual([]);
  });

  it.each(sections.map((section) => [section.title, section.blocks] as const))(
    'is what the demo answers: %s',
    async (_title, { graphql, json, jsonc }) => {
      const variables = JSON.parse(json?.[0] ?? '') as Record<string, unknown>;
      expect(await app.data(graphql?.[0] ?? '', variables)).toEqual(
        JSON.parse(withoutTrailingCommas(jsonc?.[0] ?? '')),
      );
    },
  );
});

/** The form in which the page is kept has them. */
const withoutTrailingCommas = (text: string): string => text.replaceAll(/,(?=\s*[}\]])/g, '');
