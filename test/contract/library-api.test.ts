import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import type { TestApp } from '../support/app.js';
import { bootContractApp } from '../support/contract-app.js';
import { FakeClock } from '../support/fake-clock.js';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const DAY = '{ from: "2026-11-21T00:00:00Z", to: "2026-11-22T00:00:00Z" }';
/** Statements of a page of entries with all that is known of them: one for each kind of thing, some for the audience. */
const MOST = 16;
let app: TestApp;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock(NOW);
  app = await bootContractApp(clock);
});
afterEach(() => app[Symbol.asyncDispose]());

const ADD = `mutation ($input: AddEntryInput!) { addEntry(input: $input) { slug status publishedAt category { slug } } }`;
const video = (key: string, title = `Title ${key}`) => ({ videoKey: key, title, sourceType: 'REMOTE' });
const add = (key: string, fields: Record<string, unknown> = {}) =>
  app.ask<{ addEntry: { slug: string } }>(ADD, { input: { video: video(key), ...fields } });
const code = async (query: string, variables: Record<string, unknown> = {}): Promise<string | undefined> =>
  (await app.ask(query, variables)).errors?.[0]?.extensions.code;

describe('the library', () => {
  it('publishes a video: category, entry, qualities, and the node of the video knows it', async () => {
    await app.data('mutation { createCategory(name: "Short Films") { slug } }');
    const added = await add('k', { categorySlug: 'short-films', status: 'READY' });
    expect(added.data.addEntry).toEqual({
      slug: 'title-k',
      status: 'READY',
      publishedAt: null,
      category: { slug: 'short-films' },
    });
    await app.data('mutation { publishEntry(slug: "title-k") { slug } }');
    await app.data(`mutation { setEntryQualities(slug: "title-k", qualities: [
      { name: "360p", heightPx: 360 }, { name: "1080p", widthPx: 1920, heightPx: 1080, bitrateKbps: 5000 }]) { slug } }`);
    const found =
      await app.data(`{ video(videoKey: "k") { title entry { slug publishedAt qualities { name bitrateKbps } } }
      entries(filter: { categorySlug: "short-films", status: READY }) { totalCount edges { node { slug video { videoKey } } } } }`);
    expect(found).toEqual({
      video: {
        title: 'Title k',
        entry: {
          slug: 'title-k',
          publishedAt: '2026-11-21T12:00:00.000Z',
          qualities: [
            { name: '1080p', bitrateKbps: 5_000 },
            { name: '360p', bitrateKbps: null },
          ],
        },
      },
      entries: { totalCount: 1, edges: [{ node: { slug: 'title-k', video: { videoKey: 'k' } } }] },
    });
  });

  it('counts on where a slug of a title is taken, and refuses one that was asked for', async () => {
    const slugs: string[] = [];
    for (const key of ['a', 'b', 'c']) slugs.push((await add(key, { title: 'Same' })).data.addEntry.slug);
    expect(slugs).toEqual(['same', 'same-2', 'same-3']);
    expect((await add('d', { slug: 'same' })).errors?.[0]?.extensions.code).toBe('CONFLICT');
    expect((await add('a')).errors?.[0]?.message).toBe('The video has an entry already');
  });

  it('gives each of many that are added at once with one title a slug of its own', async () => {
    const added = await Promise.all(Array.from({ length: 30 }, (_, n) => add(`k${n}`, { title: 'Same' })));
    const slugs = added.map(({ data }) => data.addEntry.slug);
    expect(new Set(slugs).size).toBe(30);
    expect(slugs.filter((slug) => /^same(-\d+)?$/.test(slug))).toHaveLength(20);
  });

  it('hides a deleted entry everywhere, restores it, and purges it when the archive window is over', async () => {
    await add('a', { publishedAt: '2026-11-20T00:00:00Z' });
    await app.data('mutation { deleteEntry(slug: "title-a") { deletedAt } }');
    const shown = () =>
      app.data(`{ entry(slug: "title-a") { slug } video(videoKey: "a") { entry { slug } }
        entries { edges { node { slug } } } archived: entry(slug: "title-a", includeDeleted: true) { slug } }`);
    const hidden = {
      entry: null,
      video: { entry: null },
      entries: { edges: [] },
      archived: { slug: 'title-a' },
    };
    expect(await shown()).toEqual(hidden);
    await app.data('mutation { restoreEntry(slug: "title-a") { slug } }');
    expect(await shown()).toMatchObject({
      entry: { slug: 'title-a' },
      video: { entry: { slug: 'title-a' } },
    });
    await app.data('mutation { deleteEntry(slug: "title-a") { deletedAt } }');
    await clock.advance(29 * DAY_MS);
    await app.app.scheduler.runNow('archive-purge');
    expect(await shown()).toEqual(hidden);
    await clock.advance(DAY_MS + 1);
    await app.app.scheduler.runNow('archive-purge');
    expect(await shown()).toMatchObject({ archived: null, video: { entry: null } });
  });

  it.each([
    ['restoring what is not deleted', 'mutation { restoreEntry(slug: "title-a") { slug } }', 'CONFLICT'],
    ['purging what is not deleted', 'mutation { purgeEntry(slug: "title-a") }', 'CONFLICT'],
    ['restoring what is not there', 'mutation { restoreEntry(slug: "x") { slug } }', 'NOT_FOUND'],
    ['deleting what is not there', 'mutation { deleteEntry(slug: "x") { slug } }', 'NOT_FOUND'],
    [
      'an empty title',
      'mutation { editEntry(input: { slug: "title-a", title: " " }) { slug } }',
      'BAD_USER_INPUT',
    ],
    [
      'an unknown category',
      'mutation { editEntry(input: { slug: "title-a", categorySlug: "x" }) { slug } }',
      'NOT_FOUND',
    ],
    [
      'a status nobody can name',
      'mutation { editEntry(input: { slug: "title-a", status: UNKNOWN }) { slug } }',
      'BAD_USER_INPUT',
    ],
    [
      'the same quality twice',
      'mutation { setEntryQualities(slug: "title-a", qualities: [{ name: "a" }, { name: "a" }]) { slug } }',
      'BAD_USER_INPUT',
    ],
    [
      'a quality of no height',
      'mutation { setEntryQualities(slug: "title-a", qualities: [{ name: "a", heightPx: 0 }]) { slug } }',
      'BAD_USER_INPUT',
    ],
    ['a category without a name', 'mutation { createCategory(name: "") { slug } }', 'BAD_USER_INPUT'],
    ['a slug that is none', 'mutation { createCategory(name: "a", slug: "A B") { slug } }', 'BAD_USER_INPUT'],
    ['a cursor of another list', '{ entries(after: "bm9wZQ") { edges { cursor } } }', 'INVALID_CURSOR'],
  ])('%s is told with a code', async (_what, query, expected) => {
    await add('a');
    expect(await code(query)).toBe(expected);
  });

  it('asks a page of entries with everything on it in as many statements as one entry', async () => {
    await app.data('mutation { createCategory(name: "c") { slug } }');
    const ask = async (): Promise<number> => {
      let count = 0;
      const { backend } = app.app;
      const read = backend.read.bind(backend);
      backend.read = (statement) => {
        count += 1;
        return read(statement);
      };
      const found = await app.data<{ entries: { edges: { node: object }[] } }>(
        `{ entries(orderBy: CREATED) { edges { node { slug category { name } qualities { name }
          transcodingJob { status qualities { name progressPercent } }
          transcription { status wordCount text vtt }
          video { videoKey stats { sessions wordsSeen } audience(range: ${DAY}) { views uniqueViewers watchedMs } } } } } }`,
      );
      backend.read = read;
      for (const { node } of found.entries.edges) {
        expect(node).toMatchObject({
          category: { name: 'c' },
          qualities: [{ name: '720p' }],
          transcodingJob: { status: 'PENDING', qualities: [{ name: '1080p', progressPercent: 0 }] },
          transcription: { status: 'COMPLETED', wordCount: 3 },
          video: { stats: { sessions: 0 }, audience: { views: 1, uniqueViewers: 0 } },
        });
      }
      return count;
    };
    const addWhole = async (key: string): Promise<void> => {
      const { slug } = (await add(key, { categorySlug: 'c' })).data.addEntry;
      await app.data(`mutation {
        setEntryQualities(slug: "${slug}", qualities: [{ name: "720p" }]) { slug }
        enqueueTranscoding(input: { slug: "${slug}", qualities: ["1080p"] }) { status }
        requestTranscription(slug: "${slug}") { status }
        completeTranscription(input: { slug: "${slug}", text: "words of ${key}" }) { status }
        startPlayback(input: { videoKey: "${key}", durability: COMMITTED }) { playbackToken } }`);
    };
    for (const key of ['a', 'b']) await addWhole(key);
    // The first one rolls up the audience.
    await ask();
    const few = await ask();
    expect(few).toBeLessThanOrEqual(MOST);
    for (let n = 0; n < 15; n += 1) await addWhole(`v${n}`);
    await ask();
    expect(await ask()).toBe(few);
  });
});
