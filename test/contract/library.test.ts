import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryStatus, type EntryOrder } from '../../src/domain/library/enums.js';
import type { EntryFilter, NewEntry } from '../../src/domain/library/types.js';
import type { PageRequest } from '../../src/domain/page.js';
import { sample, start, T0, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const ANY: EntryFilter = {
  status: null,
  categoryId: null,
  text: null,
  publishedFromMs: null,
  publishedToMs: null,
  includesDeleted: false,
};
const entry = (key: string, fields: Partial<NewEntry> = {}): NewEntry => ({
  video: videoFields(key),
  slug: key,
  title: `Entry ${key}`,
  description: '',
  categoryId: null,
  status: EntryStatus.READY,
  publishedAtMs: T0,
  ...fields,
});
const add = (key: string, fields: Partial<NewEntry> = {}, nowMs = T0) =>
  s.store.library.addEntry(entry(key, fields), nowMs);
const slugs = async (
  filter: Partial<EntryFilter> = {},
  order: EntryOrder = 'PUBLISHED',
): Promise<string[]> => {
  const page = await s.store.library.listEntries({ ...ANY, ...filter }, order, {
    direction: 'forward',
    size: 50,
    start: null,
  });
  expect(await s.store.library.countEntries({ ...ANY, ...filter }, order)).toBe(page.rows.length);
  return page.rows.map(({ slug }) => slug);
};
const category = async (slug: string): Promise<number> => {
  await s.store.library.createCategory({ slug, name: slug, description: '', createdAtMs: T0 });
  return (await s.store.library.getCategory(slug))!.categoryId;
};
const count = async (table: string): Promise<number> =>
  Number((await s.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);

describe('an entry', () => {
  it('is added to a video once, which is made when it is not there and keeps what is known of it', async () => {
    await s.store.apply([[start(1, 'a')]], T0);
    expect(await add('a', { video: videoFields('a', { title: 'Another', durationMs: 5_000 }) })).toBe(
      'ADDED',
    );
    expect(await add('b')).toBe('ADDED');
    expect(await add('a', { slug: 'other' })).toBe('EXISTS');
    expect(await add('c', { slug: 'a' })).toBe('TAKEN');
    const [video] = await s.store.immersion.listVideosByKeys(['a']);
    expect(video).toMatchObject({ title: 'Title of a', durationMs: 5_000 });
    expect(await s.store.library.listEntriesByVideoIds([video!.videoId])).toMatchObject([{ slug: 'a' }]);
    expect(await slugs()).toEqual(['b', 'a']);
  });

  it('is edited field by field, and its slug stays', async () => {
    await add('a', { description: 'long' });
    const categoryId = await category('films');
    expect(await s.store.library.editEntry('a', { title: 'New', categoryId }, T0 + 5)).toBe(true);
    expect(
      await s.store.library.editEntry('a', { errorMessage: 'broken', status: EntryStatus.FAILED }, T0 + 6),
    ).toBe(true);
    expect(await s.store.library.getEntry('a')).toMatchObject({
      slug: 'a',
      title: 'New',
      description: 'long',
      categoryId,
      status: EntryStatus.FAILED,
      errorMessage: 'broken',
      createdAtMs: T0,
      updatedAtMs: T0 + 6,
      publishedAtMs: T0,
    });
    await s.store.library.editEntry(
      'a',
      { categoryId: null, errorMessage: null, publishedAtMs: null },
      T0 + 7,
    );
    expect(await s.store.library.getEntry('a')).toMatchObject({
      categoryId: null,
      errorMessage: null,
      publishedAtMs: null,
    });
    expect(await s.store.library.editEntry('nobody', { title: 'x' }, T0)).toBe(false);
  });

  it('has no category when the one it was to have is removed meanwhile', async () => {
    const categoryId = await category('films');
    await add('a', { categoryId });
    expect(await s.store.library.editEntry('a', { title: 'New', categoryId: 999 }, T0 + 1)).toBe(true);
    expect(await s.store.library.getEntry('a')).toMatchObject({ title: 'New', categoryId: null });
  });

  it('that is deleted is hidden, cannot be edited, comes back whole, and is purged only while deleted', async () => {
    const { library } = s.store;
    await add('a');
    expect(await library.purgeEntry('a')).toBe(false);
    expect(await library.restoreEntry('a', T0)).toBe(false);
    expect(await library.deleteEntry('a', T0 + 1)).toBe(true);
    expect(await library.deleteEntry('a', T0 + 2)).toBe(false);
    expect([await slugs(), await slugs({ includesDeleted: true })]).toEqual([[], ['a']]);
    expect(await library.getEntry('a')).toMatchObject({ deletedAtMs: T0 + 1 });
    expect(await library.editEntry('a', { title: 'x' }, T0)).toBe(false);
    expect(await library.setQualities('a', [])).toBe(false);
    expect(await library.restoreEntry('a', T0 + 3)).toBe(true);
    expect(await slugs()).toEqual(['a']);
    await library.deleteEntry('a', T0 + 4);
    expect(await library.purgeEntry('a')).toBe(true);
    expect(await library.getEntry('a')).toBeNull();
    expect(await count('imm_videos')).toBe(1);
  });

  it('deleted before the archive window goes, however many there are', async () => {
    for (let n = 0; n < 120; n += 1) {
      await add(`v${n}`);
      if (n < 110) await s.store.library.deleteEntry(`v${n}`, n < 105 ? T0 : T0 + 10);
    }
    expect(await s.store.library.purgeArchive(T0 + 1, never)).toBe(105);
    expect(await count('lib_entries')).toBe(15);
  });
});

describe('the list of entries', () => {
  it('is narrowed by category, status, date and text', async () => {
    const films = await category('films');
    await add('a', { categoryId: films, publishedAtMs: T0 + 10 });
    await add('b', { title: '100% Übung', publishedAtMs: T0 + 20 });
    await add('c', { status: EntryStatus.PENDING, publishedAtMs: null });
    expect(await slugs()).toEqual(['b', 'a']);
    expect(await slugs({ categoryId: films })).toEqual(['a']);
    expect(await slugs({ status: EntryStatus.PENDING }, 'CREATED')).toEqual(['c']);
    expect(await slugs({ publishedFromMs: T0 + 10, publishedToMs: T0 + 20 })).toEqual(['a']);
    expect(await slugs({ text: '100%' })).toEqual(['b']);
    expect(await slugs({ text: 'ENTRY' }, 'TITLE')).toEqual(['a', 'c']);
    // In any case, of any script.
    await add('d', { title: 'ЖУК und ÜBUNG', publishedAtMs: T0 + 30 });
    expect(await slugs({ text: 'übung' })).toEqual(['d', 'b']);
    expect(await slugs({ text: 'Übung' })).toEqual(['d', 'b']);
    expect(await slugs({ text: 'жУк' })).toEqual(['d']);
  });

  it.each(['PUBLISHED', 'CREATED', 'TITLE'] as const)(
    'by %s meets every entry once, page by page',
    async (order) => {
      for (const [n, at] of [3, 1, 1, 2, 1].entries()) {
        await add(`v${n}`, { publishedAtMs: T0 + at, title: `T${at}` }, T0 + at);
      }
      const all = await slugs({}, order);
      expect(all.toSorted()).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
      const seen: string[] = [];
      let from: PageRequest['start'] = null;
      for (;;) {
        const page = await s.store.library.listEntries(ANY, order, {
          direction: 'forward',
          size: 2,
          start: from,
        });
        seen.push(...page.rows.map(({ slug }) => slug));
        const last = page.rows.at(-1);
        if (!page.hasMore || last === undefined) break;
        from = [
          { PUBLISHED: last.publishedAtMs ?? 0, CREATED: last.createdAtMs, TITLE: last.title }[order],
          last.videoId,
        ];
      }
      expect(seen).toEqual(all);
    },
  );
});

describe('qualities', () => {
  const hd = { name: '1080p', widthPx: 1_920, heightPx: 1_080, bitrateKbps: 5_000 };
  const sd = { name: '360p', widthPx: 640, heightPx: 360, bitrateKbps: null };

  it('are replaced as a whole and come highest first', async () => {
    await add('a');
    await add('b');
    expect(await s.store.library.setQualities('a', [sd, hd])).toBe(true);
    await s.store.library.setQualities('b', [hd]);
    const ids = await Promise.all(
      ['a', 'b'].map(async (slug) => (await s.store.library.getEntry(slug))!.videoId),
    );
    expect(await s.store.library.listQualities([...ids, 999])).toEqual([[hd, sd], [hd], []]);
    await s.store.library.setQualities('a', [sd]);
    expect(await s.store.library.listQualities(ids)).toEqual([[sd], [hd]]);
    expect(await s.store.library.setQualities('nobody', [hd])).toBe(false);
  });
});

describe('categories', () => {
  it('have a slug of their own, are edited and listed by name', async () => {
    const { library } = s.store;
    const make = (slug: string, name: string) =>
      library.createCategory({ slug, name, description: '', createdAtMs: T0 });
    expect([await make('b', 'Beta'), await make('a', 'Zeta'), await make('b', 'Other')]).toEqual([
      true,
      true,
      false,
    ]);
    expect((await library.listCategories()).map(({ slug }) => slug)).toEqual(['b', 'a']);
    expect(await library.editCategory('a', { name: 'Alpha' })).toBe(true);
    expect(await library.editCategory('a', {})).toBe(true);
    expect(await library.editCategory('nobody', { name: 'x' })).toBe(false);
    expect((await library.listCategories()).map(({ name }) => name)).toEqual(['Alpha', 'Beta']);
    expect(await library.deleteCategory('a')).toBe(true);
    expect(await library.deleteCategory('a')).toBe(false);
  });
});

describe('what goes with what', () => {
  it('follows the cascades: a category leaves its entries, an entry takes its qualities, a video takes its entry', async () => {
    const categoryId = await category('films');
    await add('a', { categoryId });
    await add('b');
    await s.store.library.setQualities('a', [
      { name: '720p', widthPx: null, heightPx: 720, bitrateKbps: null },
    ]);
    await s.store.library.deleteCategory('films');
    expect(await s.store.library.getEntry('a')).toMatchObject({ categoryId: null });
    await s.store.library.deleteEntry('a', T0);
    await s.store.library.purgeEntry('a');
    expect(await count('lib_entry_qualities')).toBe(0);
    await s.store.apply([[start(1, 'b'), sample(1, T0 + 1, { wordsSeen: 5 })]], T0);
    const [video] = await s.store.immersion.listVideosByKeys(['b']);
    await s.store.maintenance.purgeVideo(video!.videoId, never);
    expect([await count('lib_entries'), await count('imm_sessions')]).toEqual([0, 0]);
  });
});
