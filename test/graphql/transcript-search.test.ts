import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { transcript } from '../support/transcripts.js';

let server: TestApp;
beforeEach(async () => {
  server = await bootApp({}, new FakeClock(T0));
  const put = (...args: Parameters<typeof transcript>) => transcript(...args);
  await server.app.store.transcriptCache.putTranscripts(
    [
      put('a', ['Good morning', '<b>We</b> saw a heron & two ducks'], { language: 'en-GB' }),
      put('b', ['今日は天気がいい', '散歩に行きましょう'], { language: 'ja' }),
      put('c', ['No heron today'], {
        language: 'en',
        video: { videoKey: 'c', title: 'C', sourceType: 2, sourceUrl: 'https://example.org/c#chapter' },
      }),
      put('d', ['A heron alone'], {
        video: { videoKey: 'd', title: 'D', sourceType: 1, sourceUrl: null },
      }),
    ],
    null,
    T0,
  );
});
afterEach(() => server[Symbol.asyncDispose]());

const SEARCH = `query ($query: String!, $language: String, $first: Int, $after: String, $last: Int, $before: String) {
  searchTranscripts(query: $query, language: $language, first: $first, after: $after, last: $last, before: $before) {
    edges { node { video { videoKey } startMs endMs link snippet { text isMatch } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
interface Answer {
  readonly searchTranscripts: {
    readonly edges: readonly {
      readonly node: { readonly video: { readonly videoKey: string }; readonly link: string | null };
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly startCursor: string;
      readonly endCursor: string;
    };
  };
}
const ask = (query: string, more: Record<string, unknown> = {}) =>
  server.ask<Answer>(SEARCH, { query, ...more });
const list = async (query: string, more: Record<string, unknown> = {}) =>
  (await ask(query, more)).data.searchTranscripts;
const keysOf = ({ edges }: Answer['searchTranscripts']) => edges.map(({ node }) => node.video.videoKey);
const codeOf = ({ errors }: { errors?: readonly { extensions: { code: string } }[] }) =>
  errors?.map(({ extensions }) => extensions.code);

describe('searchTranscripts', () => {
  it('answers the video, the instant, a link to it, and a snippet without markup', async () => {
    expect((await list('ducks')).edges).toEqual([
      {
        node: {
          video: { videoKey: 'a' },
          startMs: 2_000,
          endMs: 3_500,
          link: 'https://example.org/a#t=2',
          snippet: [
            { text: 'Good morning\n<b>We</b> saw a heron & two ', isMatch: false },
            { text: 'ducks', isMatch: true },
          ],
        },
      },
    ]);
    expect((await list('散歩')).edges).toMatchObject([
      { node: { video: { videoKey: 'b' }, startMs: 2_000 } },
    ]);
  });

  it('leaves a link with a fragment as it is, and has none to a video without an address', async () => {
    const links = (await list('heron')).edges.map(({ node }) => [node.video.videoKey, node.link]).toSorted();
    expect(links).toEqual([
      ['a', 'https://example.org/a#t=2'],
      ['c', 'https://example.org/c#chapter'],
      ['d', null],
    ]);
  });

  it('is narrowed by language', async () => {
    expect(keysOf(await list('heron', { language: 'en-GB' }))).toEqual(['a']);
    expect(keysOf(await list('heron', { language: 'ja' }))).toEqual([]);
  });

  it('comes in pages, forward and backward', async () => {
    const all = keysOf(await list('heron'));
    const first = await list('heron', { first: 2 });
    expect([keysOf(first), first.pageInfo.hasNextPage]).toEqual([all.slice(0, 2), true]);
    const rest = await list('heron', { first: 2, after: first.pageInfo.endCursor });
    expect([keysOf(rest), rest.pageInfo.hasNextPage]).toEqual([all.slice(2), false]);
    const back = await list('heron', { last: 2, before: rest.pageInfo.startCursor });
    expect(keysOf(back)).toEqual(all.slice(0, 2));
  });

  it('loads the videos and the texts of a page with as many statements as of one hit', async () => {
    const statementsOf = async (first: number): Promise<number> => {
      let count = 0;
      const { backend } = server.app;
      const read = backend.read.bind(backend);
      backend.read = (statement) => {
        count += 1;
        return read(statement);
      };
      await list('heron', { first });
      backend.read = read;
      return count;
    };
    // The first request of a server also asks for tokens.
    await list('ducks');
    expect(await statementsOf(3)).toBe(await statementsOf(1));
  });

  it.each([
    ['nothing', ' … '],
    ['only what must not be there', '-heron'],
    ['too much', 'x'.repeat(201)],
  ])('refuses to look for %s', async (_what, query) => {
    expect(codeOf(await ask(query))).toEqual(['BAD_USER_INPUT']);
  });

  it('refuses a cursor of another search', async () => {
    const { pageInfo } = await list('heron', { first: 1 });
    expect(codeOf(await ask('ducks', { after: pageInfo.endCursor }))).toEqual(['INVALID_CURSOR']);
    expect(codeOf(await ask('heron', { after: pageInfo.endCursor, language: 'en' }))).toEqual([
      'INVALID_CURSOR',
    ]);
  });
});
