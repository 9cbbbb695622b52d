import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryStatus, TranscriptionStatus } from '../../src/domain/library/enums.js';
import type { TranscriptionContent } from '../../src/domain/library/transcription.js';
import { parseContent } from '../../src/domain/library/transcription-input.js';
import type { PageRequest } from '../../src/domain/page.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { T0, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const { PENDING, PROCESSING, COMPLETED, FAILED } = TranscriptionStatus;
const ALL: PageRequest = { direction: 'forward', size: 50, start: null };
const ANY = { status: null, language: null };

const addEntry = (slug: string) =>
  s.store.library.addEntry(
    {
      video: videoFields(slug),
      slug,
      title: slug,
      description: '',
      categoryId: null,
      status: EntryStatus.READY,
      publishedAtMs: T0,
    },
    T0,
  );
const idOf = async (slug: string): Promise<number> => (await s.store.library.getEntry(slug))!.videoId;
const of = async (slug: string) => (await s.store.transcriptions.listByVideoIds([await idOf(slug)]))[0]!;
const contentOf = async (slug: string) =>
  (await s.store.transcriptions.listContents([(await of(slug)).textId ?? 0]))[0];
const timed = (...texts: string[]): TranscriptionContent => ({
  isTimed: true,
  segments: texts.map((text, n) => ({ startMs: n * 1_000, endMs: n * 1_000 + 900, text })),
});
const request = async (slug: string, language: string | null = 'en'): Promise<boolean> => {
  await addEntry(slug);
  return s.store.transcriptions.request(slug, language, T0);
};
const complete = (
  slug: string,
  content: TranscriptionContent,
  nowMs = T0 + 5,
  language: string | null = null,
) => s.store.transcriptions.complete(slug, language, content, nowMs);
const found = async (query: string): Promise<string[]> => {
  const { rows } = await s.store.transcriptions.search(parseSearchQuery(query), ALL);
  const entries = await s.store.library.listEntriesByVideoIds(rows.map(({ subjectId }) => subjectId));
  return [...new Set(rows.map(({ subjectId }) => entries.find((e) => e.videoId === subjectId)?.slug ?? '?'))];
};
const run = (sql: string) => s.backend.transact([{ sql, params: [] }]);
const count = async (table: string): Promise<number> =>
  Number((await s.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);

describe('a transcription', () => {
  it('is requested once, started once, and completed with text, words and language', async () => {
    expect([await request('a'), await request('a')]).toEqual([true, false]);
    expect(await of('a')).toMatchObject({ status: PENDING, language: 'en', textId: null, wordCount: null });
    const { transcriptions } = s.store;
    expect([await transcriptions.start('a', T0 + 1), await transcriptions.start('a', T0 + 2)]).toEqual([
      true,
      false,
    ]);
    expect(await of('a')).toMatchObject({ status: PROCESSING, startedAtMs: T0 + 1 });
    const content = timed('The quick brown fox', "doesn't jump & <run>");
    expect(await complete('a', content, T0 + 5, 'en-GB')).toBe('COMPLETED');
    expect(await of('a')).toMatchObject({
      status: COMPLETED,
      language: 'en-GB',
      wordCount: 7,
      startedAtMs: T0 + 1,
      completedAtMs: T0 + 5,
      errorMessage: null,
    });
    expect(await contentOf('a')).toEqual(content);
    expect(await found('fox')).toEqual(['a']);
  });

  it('is found by nothing but an entry that is there', async () => {
    await addEntry('gone');
    await s.store.library.deleteEntry('gone', T0);
    for (const slug of ['gone', 'nobody']) {
      expect(await s.store.transcriptions.request(slug, null, T0)).toBe(false);
      expect(await s.store.transcriptions.start(slug, T0)).toBe(false);
      expect(await s.store.transcriptions.fail(slug, 'x', T0)).toBe(false);
      expect(await s.store.transcriptions.retry(slug, T0)).toBe(false);
      expect(await complete(slug, timed('x'))).toBe('REFUSED');
    }
    expect([await count('lib_transcriptions'), await count('lib_transcription_texts')]).toEqual([0, 0]);
  });

  it('that is completed twice with the same text stays as it was; with another it is refused', async () => {
    await request('a');
    await complete('a', timed('one fox'));
    const before = await of('a');
    expect(await complete('a', timed('one fox'), T0 + 9)).toBe('SAME');
    expect(await complete('a', timed('two dogs'), T0 + 9)).toBe('REFUSED');
    expect(await of('a')).toEqual(before);
    expect([await found('fox'), await found('dogs')]).toEqual([['a'], []]);
  });

  it('that failed keeps its reason until it is retried', async () => {
    await request('a');
    expect(await s.store.transcriptions.retry('a', T0)).toBe(false);
    expect(await s.store.transcriptions.fail('a', 'no speech', T0 + 1)).toBe(true);
    expect(await of('a')).toMatchObject({ status: FAILED, errorMessage: 'no speech', completedAtMs: null });
    expect(await s.store.transcriptions.fail('a', 'again', T0 + 2)).toBe(false);
    expect(await complete('a', timed('late fox'))).toBe('REFUSED');
    expect(await found('fox')).toEqual([]);
    expect(await s.store.transcriptions.retry('a', T0 + 3)).toBe(true);
    expect(await of('a')).toMatchObject({ status: PENDING, errorMessage: null, updatedAtMs: T0 + 3 });
  });

  it('that is done again is found by its old words until it has new ones, and by these alone then', async () => {
    await request('a');
    await complete('a', timed('one fox'));
    await s.store.transcriptions.retry('a', T0 + 6);
    expect(await of('a')).toMatchObject({ status: PENDING, wordCount: 2, completedAtMs: null });
    expect([await found('fox'), await contentOf('a')]).toEqual([['a'], timed('one fox')]);
    await s.store.transcriptions.start('a', T0 + 7);
    expect(await complete('a', timed('two lazy dogs'), T0 + 8)).toBe('COMPLETED');
    expect([await found('fox'), await found('dogs')]).toEqual([[], ['a']]);
    expect(await count('lib_transcription_texts')).toBe(1);
  });

  it('completed by two at once is completed by one', async () => {
    await request('a');
    const both = await Promise.all([complete('a', timed('one fox')), complete('a', timed('two dogs'))]);
    expect(both.toSorted()).toEqual(['COMPLETED', 'REFUSED']);
    const word = both[0] === 'COMPLETED' ? 'fox' : 'dogs';
    expect([await found('fox'), await found('dogs')]).toEqual(word === 'fox' ? [['a'], []] : [[], ['a']]);
    expect(await contentOf('a')).toEqual(timed(word === 'fox' ? 'one fox' : 'two dogs'));
  });
});

describe('the text', () => {
  it('is stored once for all that have the same, compressed', async () => {
    const content = timed(...Array.from({ length: 500 }, (_, n) => `Line ${n} of the same old story`));
    for (const slug of ['a', 'b']) {
      await request(slug);
      await complete(slug, content);
    }
    expect((await of('a')).textId).toBe((await of('b')).textId);
    expect(await contentOf('b')).toEqual(content);
    const [row] = await s.rows('SELECT length(content) FROM lib_transcription_texts');
    expect(Number(row?.[0])).toBeLessThan(JSON.stringify(content).length / 4);
    expect(await count('lib_transcription_texts')).toBe(1);
    expect(await found('"same old"')).toEqual(['a', 'b']);
  });

  it('without times is kept line by line', async () => {
    await request('a');
    const content = parseContent({ text: 'First line\r\n\r\n second line \nthird' });
    await complete('a', content);
    expect(await contentOf('a')).toEqual({
      isTimed: false,
      segments: ['First line', 'second line', 'third'].map((text) => ({ startMs: 0, endMs: 0, text })),
    });
    expect((await of('a')).wordCount).toBe(5);
  });

  it.each([
    ['ja', '私は昨日図書館で本を読みました', 10],
    ['th', 'ฉันรักคุณ', 3],
    ['de', 'Übermäßig lange Wörter, z. B. dieses.', 6],
    ['ko', '나는 어제 책을 읽었다', 4],
    ['en', '— … !? ', 0],
  ])('has its words counted by the rules of its script: %s', async (language, text, words) => {
    await request('a', language);
    await complete('a', timed(text));
    expect((await of('a')).wordCount).toBe(words);
  });

  it('of one line as long as a book is counted and found to its end', async () => {
    await request('a');
    const words = Array.from({ length: 30_000 }, (_, n) => `word${n}`);
    await complete('a', parseContent({ text: words.join(' ') }));
    expect((await of('a')).wordCount).toBe(30_000);
    expect(await found('"word29998 word29999"')).toEqual(['a']);
  });
});

describe('searching', () => {
  it('finds passages in scripts without spaces, and where they begin', async () => {
    await request('a', 'ja');
    await complete('a', timed('今日は天気がいい', '散歩に行きましょう'));
    const { rows } = await s.store.transcriptions.search(parseSearchQuery('天気'), ALL);
    expect(rows).toMatchObject([{ subjectId: await idOf('a'), part: 0, atMs: 0 }]);
    expect([await found('散歩'), await found('雨')]).toEqual([['a'], []]);
  });

  it('leaves out entries that are deleted, until they are restored', async () => {
    await request('a');
    await complete('a', timed('one fox'));
    await s.store.library.deleteEntry('a', T0);
    expect(await found('fox')).toEqual([]);
    await s.store.library.restoreEntry('a', T0);
    expect(await found('fox')).toEqual(['a']);
  });

  it.each([
    [
      'purged by hand',
      async () => {
        await s.store.library.deleteEntry('a', T0);
        expect(await s.store.library.purgeEntry('a')).toBe(true);
      },
    ],
    [
      'purged with the archive',
      async () => {
        await s.store.library.deleteEntry('a', T0);
        expect(await s.store.library.purgeArchive(T0 + 1, never)).toBe(1);
      },
    ],
    ['purged with its video', async () => s.store.maintenance.purgeVideo(await idOf('a'), never)],
  ])('finds nothing of an entry that was %s, and nothing of it is left', async (_what, purge) => {
    for (const slug of ['a', 'b']) {
      await request(slug);
      await complete(slug, timed(`the fox of ${slug}`));
    }
    await purge();
    expect(await found('fox')).toEqual(['b']);
    for (const table of [
      'lib_transcriptions',
      'lib_transcription_texts',
      'sys_search_documents',
      'sys_search_index',
    ])
      expect([table, await count(table)]).toEqual([table, 1]);
  });

  it('keeps what it finds of an entry whose purge came too late', async () => {
    await request('a');
    await complete('a', timed('one fox'));
    expect(await s.store.library.purgeEntry('a')).toBe(false);
    expect(await found('fox')).toEqual(['a']);
  });
});

describe('a rebuild of the search', () => {
  const rebuild = () => s.store.maintenance.rebuildSearch(never, () => undefined);
  const documents = () =>
    s.rows('SELECT subject_id, part, at_ms FROM sys_search_documents WHERE domain = 1 ORDER BY 1, 2');

  it('finds every transcription again, the text of one that is done again too, and none that has no text', async () => {
    for (let n = 0; n < 25; n += 1) {
      await request(`v${n}`);
      await complete(`v${n}`, timed(...Array<string>(n + 1).fill(`passage ${n} `.repeat(40)), 'unicorn'));
    }
    await request('waiting');
    await s.store.transcriptions.retry('v3', T0 + 9);
    const before = await documents();
    await run('DELETE FROM sys_search_documents');
    expect(await found('unicorn')).toEqual([]);
    expect(await rebuild()).toContainEqual({ name: 'transcriptions', subjectsCount: 25, isComplete: true });
    expect(await documents()).toEqual(before);
    expect(await found('unicorn')).toHaveLength(25);
    await rebuild();
    expect(await documents()).toEqual(before);
  });
});

describe('the list', () => {
  it('is narrowed by status and language, newest first, page by page', async () => {
    for (const [n, slug] of ['a', 'b', 'c'].entries()) {
      await addEntry(slug);
      await s.store.transcriptions.request(slug, slug === 'b' ? 'ja' : null, T0 + n);
    }
    await s.store.transcriptions.start('c', T0 + 9);
    const slugs = async (filter: object, page = ALL): Promise<(string | undefined)[]> => {
      const { rows } = await s.store.transcriptions.list({ ...ANY, ...filter }, page);
      const entries = await s.store.library.listEntriesByVideoIds(rows.map(({ videoId }) => videoId));
      return rows.map(({ videoId }) => entries.find((e) => e.videoId === videoId)?.slug);
    };
    expect(await slugs({})).toEqual(['c', 'b', 'a']);
    expect(await slugs({ status: PENDING })).toEqual(['b', 'a']);
    expect(await slugs({ language: 'ja' })).toEqual(['b']);
    expect(await slugs({ language: 'xx' })).toEqual([]);
    await s.store.library.deleteEntry('b', T0 + 10);
    expect([await slugs({}), await s.store.transcriptions.count(ANY)]).toEqual([['c', 'a'], 2]);
    await s.store.library.restoreEntry('b', T0 + 11);
    expect(await s.store.transcriptions.count({ ...ANY, status: PENDING })).toBe(2);
    expect(await slugs({}, { direction: 'forward', size: 5, start: [T0 + 1, await idOf('b')] })).toEqual([
      'a',
    ]);
  });
});
