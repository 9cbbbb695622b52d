import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillExtractionJobs } from '../../src/cli/demo-extraction-jobs.js';
import { demoHistory } from '../../src/cli/demo-history.js';
import { fillLibrary } from '../../src/cli/demo-library.js';
import { demoPlaybacks } from '../../src/cli/demo-playbacks.js';
import { fillTranscriptions } from '../../src/cli/demo-transcriptions.js';
import { fillTranscripts } from '../../src/cli/demo-transcripts.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { ANALYTICS_TITLES } from './analytics-titles.js';
import { readSections } from './markdown-blocks.js';

/** As `kinostat demo --until 2026-11-21` has it. */
const END_MS = Date.parse('2026-11-21T23:59:59.999Z');
const sections = (await readSections('docs/query-templates.md')).filter(({ title }) =>
  ANALYTICS_TITLES.includes(title),
);

let app: TestApp;
beforeAll(async () => {
  app = await bootApp({}, new FakeClock(END_MS));
  const { store } = app.app;
  for (const sitting of demoHistory(90, END_MS)) await store.apply([sitting], END_MS);
  await fillLibrary(store, 90, END_MS);
  await fillTranscriptions(store, 90, END_MS);
  for (const playback of demoPlaybacks(90, END_MS)) await store.apply([playback], END_MS);
  await fillExtractionJobs(store, END_MS);
  await fillTranscripts(store, 90, END_MS);
  await store.maintenance.rollUp(new AbortController().signal);
});
afterAll(() => app[Symbol.asyncDispose]());

describe('an answer about analytics', () => {
  it('stands below every template about them', () => {
    expect(sections.map(({ title }) => title)).toEqual(ANALYTICS_TITLES);
  });

  it.each(sections.map((section) => [section.title, section.blocks] as const))(
    'is what the demo answers: %s',
    async (_title, { graphql, json, jsonc }) => {
      const variables = JSON.parse(json?.[0] ?? '') as Record<string, unknown>;
      const answer = await app.data(graphql?.[0] ?? '', variables);
      // The form in which the page is kept has trailing commas.
      expect(answer).toEqual(JSON.parse((jsonc?.[0] ?? '').replaceAll(/,(?=\s*[}\]])/g, '')));
    },
  );
});
