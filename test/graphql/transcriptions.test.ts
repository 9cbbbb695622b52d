import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';

let clock: FakeClock;
let server: TestApp;
beforeEach(async () => {
  clock = new FakeClock(T0);
  server = await bootApp({}, clock);
  for (const slug of ['one', 'two']) {
    await server.data(
      `mutation { addEntry(input: { slug: "${slug}", video: { videoKey: "${slug}", title: "T", sourceType: REMOTE } }) { slug } }`,
    );
  }
});
afterEach(() => server[Symbol.asyncDispose]());

const VTT = `WEBVTT

00:01.000 --> 00:02.500
Where is the <i>station</i>?

00:03.000 --> 00:04.000
Behind the park &amp; the river.
`;
const complete = (fields: object, slug = 'one') =>
  server.ask(
    `mutation ($input: CompleteTranscriptionInput!) { completeTranscription(input: $input) { status language wordCount durationMs } }`,
    { input: { slug, ...fields } },
  );
const change = (mutation: string) => server.ask(`mutation { ${mutation} { status errorMessage } }`);
const codeOf = ({ errors }: { errors?: readonly { extensions: { code: string } }[] }) =>
  errors?.map(({ extensions }) => extensions.code);

describe('a transcription', () => {
  it('goes from its request to a text, as WebVTT and in words that are found', async () => {
    await change('requestTranscription(slug: "one", language: "en-us")');
    expect((await change('startTranscription(slug: "one")')).data).toEqual({
      startTranscription: { status: 'PROCESSING', errorMessage: null },
    });
    await clock.advance(90_000);
    expect((await complete({ vtt: VTT })).data).toEqual({
      completeTranscription: { status: 'COMPLETED', language: 'en-US', wordCount: 9, durationMs: 90_000 },
    });
    const shown = await server.data<{ entry: { transcription: { vtt: string } } }>(
      '{ entry(slug: "one") { transcription { text vtt completedAt entry { slug } } } }',
    );
    expect(shown).toEqual({
      entry: {
        transcription: {
          text: 'Where is the station?\nBehind the park & the river.\n',
          vtt: 'WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nWhere is the station?\n\n00:00:03.000 --> 00:00:04.000\nBehind the park &amp; the river.\n',
          completedAt: '2026-11-21T10:01:30.000Z',
          entry: { slug: 'one' },
        },
      },
    });
    expect((await complete({ vtt: shown.entry.transcription.vtt })).data).toMatchObject({
      completeTranscription: { status: 'COMPLETED' },
    });
    expect(
      await server.data(`{ searchTranscriptions(query: "park -lake") { edges { node {
        atMs snippet { text isMatch } transcription { entry { slug } } } } } }`),
    ).toEqual({
      searchTranscriptions: {
        edges: [
          {
            node: {
              atMs: 1_000,
              snippet: [
                { text: 'Where is the station?\nBehind the ', isMatch: false },
                { text: 'park', isMatch: true },
                { text: ' & the river.', isMatch: false },
              ],
              transcription: { entry: { slug: 'one' } },
            },
          },
        ],
      },
    });
  });

  it('without times has no WebVTT, and its passages no place', async () => {
    await change('requestTranscription(slug: "one")');
    await complete({ text: 'Just a fox' });
    expect(await server.data('{ entry(slug: "one") { transcription { text vtt language } } }')).toEqual({
      entry: { transcription: { text: 'Just a fox\n', vtt: null, language: null } },
    });
    expect(await server.data('{ searchTranscriptions(query: "fox") { edges { node { atMs } } } }')).toEqual({
      searchTranscriptions: { edges: [{ node: { atMs: null } }] },
    });
  });

  it('goes only where it may: CONFLICT otherwise, and nothing changes', async () => {
    expect(codeOf(await change('startTranscription(slug: "one")'))).toEqual(['NOT_FOUND']);
    expect(codeOf(await change('requestTranscription(slug: "nobody")'))).toEqual(['NOT_FOUND']);
    await change('requestTranscription(slug: "one")');
    expect(codeOf(await change('requestTranscription(slug: "one")'))).toEqual(['CONFLICT']);
    expect(codeOf(await change('retryTranscription(slug: "one")'))).toEqual(['CONFLICT']);
    await change('startTranscription(slug: "one")');
    expect(codeOf(await change('startTranscription(slug: "one")'))).toEqual(['CONFLICT']);
    expect((await change('failTranscription(slug: "one", errorMessage: "no speech")')).data).toEqual({
      failTranscription: { status: 'FAILED', errorMessage: 'no speech' },
    });
    expect(codeOf(await complete({ text: 'late' }))).toEqual(['CONFLICT']);
    expect(codeOf(await change('failTranscription(slug: "one", errorMessage: "x")'))).toEqual(['CONFLICT']);
    expect((await change('retryTranscription(slug: "one")')).data).toMatchObject({
      retryTranscription: { status: 'PENDING' },
    });
    await complete({ text: 'in time' });
    expect(codeOf(await complete({ text: 'another' }))).toEqual(['CONFLICT']);
  });

  it.each([
    ['no text at all', {}],
    ['two forms', { text: 'a', vtt: VTT }],
    ['a WebVTT without its header', { vtt: '00:01.000 --> 00:02.000\nx' }],
    ['a SubRip without a cue', { srt: 'nothing' }],
    ['nothing but space', { text: ' \n ' }],
    ['NUL', { text: 'a\0b' }],
    ['half a character', { text: '\ud800' }],
    ['a language that is none', { text: 'a', language: 'not a tag' }],
    ['an endless language', { text: 'a', language: `en-${'x'.repeat(100)}` }],
  ])('is not completed by %s', async (_what, fields) => {
    await change('requestTranscription(slug: "one")');
    expect(codeOf(await complete(fields))).toEqual(['BAD_USER_INPUT']);
    expect(await server.data('{ transcriptions { edges { node { status text } } } }')).toEqual({
      transcriptions: { edges: [{ node: { status: 'PENDING', text: null } }] },
    });
  });
});

describe('the lists of transcriptions', () => {
  it('are paged by cursors that belong to their filter', async () => {
    await change('requestTranscription(slug: "one", language: "ja")');
    await clock.advance(1);
    await change('requestTranscription(slug: "two")');
    const page = await server.data<{ transcriptions: { pageInfo: { endCursor: string } } }>(
      '{ transcriptions(first: 1) { totalCount edges { node { entry { slug } } } pageInfo { endCursor hasNextPage } } }',
    );
    expect(page).toMatchObject({
      transcriptions: {
        totalCount: 2,
        edges: [{ node: { entry: { slug: 'two' } } }],
        pageInfo: { hasNextPage: true },
      },
    });
    const after = page.transcriptions.pageInfo.endCursor;
    expect(
      await server.data(`{ transcriptions(after: "${after}") { edges { node { entry { slug } } } } }`),
    ).toEqual({
      transcriptions: { edges: [{ node: { entry: { slug: 'one' } } }] },
    });
    const other = await server.ask(
      `{ transcriptions(filter: { language: "ja" }, after: "${after}") { totalCount } }`,
    );
    expect(codeOf(other)).toEqual(['INVALID_CURSOR']);
  });

  it('of what is found go on behind a cursor, and meet every passage once', async () => {
    for (const slug of ['one', 'two']) {
      await change(`requestTranscription(slug: "${slug}")`);
      const lines = Array.from({ length: 60 }, (_, n) => `${slug} fox ${n} ${'and so on '.repeat(n % 7)}`);
      await complete({ text: lines.join('\n') }, slug);
    }
    interface Found {
      searchTranscriptions: {
        edges: { node: { snippet: { text: string }[]; transcription: { entry: { slug: string } } } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    }
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const { searchTranscriptions: page }: Found = await server.data<Found>(
        `query ($after: String) { searchTranscriptions(query: "fox", first: 3, after: $after) {
          edges { node { snippet { text } transcription { entry { slug } } } } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(
        ...page.edges.map(
          ({ node }) => node.transcription.entry.slug + node.snippet.map(({ text }) => text).join(''),
        ),
      );
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen.length).toBeGreaterThan(6);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each([
    ['nothing', ''],
    ['only what it must not hold', '-fox'],
    ['far too much', 'x'.repeat(201)],
  ])('refuse a search for %s', async (_what, query) => {
    const answer = await server.ask(
      'query ($q: String!) { searchTranscriptions(query: $q) { edges { cursor } } }',
      {
        q: query,
      },
    );
    expect(codeOf(answer)).toEqual(['BAD_USER_INPUT']);
  });
});
