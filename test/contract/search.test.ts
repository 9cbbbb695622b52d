import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SearchStatements, subjectById } from '../../src/db/commands/search.js';
import { postgresFunctions } from '../../src/db/postgres/functions.js';
import { sqliteFunctions } from '../../src/db/queries/sql-functions.js';
import { SearchQueries } from '../../src/db/queries/search.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { keyOfHit, SearchDomain } from '../../src/domain/search/types.js';
import { decodeCursor, encodeCursor, type PageKey } from '../../src/domain/page.js';
import { ManySearchStatements, SUBJECT_BY_ID } from '../../src/db/commands/search-many.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';

const functions = isPostgres ? postgresFunctions : sqliteFunctions;
const statements = new SearchStatements(functions.search);
let s: TestStore;
let search: SearchQueries;
beforeEach(async () => {
  s = await openTestStore();
  search = new SearchQueries({ backend: s.backend, functions });
});
afterEach(() => s[Symbol.asyncDispose]());

const TEXTS: readonly string[] = [
  'The quick brown fox jumps over the lazy dog.',
  '日本語を勉強しています。今日は天気がいい',
  '我们今天学习中文，天气很好',
  'Walking the dog, walks and more walks: dog, dog, dog',
  'ｶﾞﾗｽとカタカナ、C言語のLINUX入門',
  'สวัสดีครับ Ünïcode naïve café',
  "It's 3.5 o'clock: 'quoted' \\ & | ! <-> :* NOT AND OR",
];

async function fill(): Promise<void> {
  const all = TEXTS.flatMap((text, id) =>
    statements.replace(SearchDomain.TRANSCRIPT, subjectById(id), [{ part: 0, atMs: id * 1_000, text }]),
  );
  await s.backend.transact(all);
}

const found = async (query: string, domain: SearchDomain = SearchDomain.TRANSCRIPT): Promise<number[]> => {
  const page = await search.listHits(domain, parseSearchQuery(query), null, {
    direction: 'forward',
    size: 50,
    start: null,
  });
  return page.rows.map(({ subjectId }) => subjectId).toSorted((a, b) => a - b);
};

describe('full text', () => {
  beforeEach(fill);

  it.each([
    ['fox', [0]],
    ['FOX Dog', [0]],
    ['"lazy dog"', [0]],
    ['"dog lazy"', []],
    ['dog -fox', [3]],
    ['walk', []],
    ['walk*', [3]],
    ['日本', [1]],
    ['日本語', [1]],
    ['本日', []],
    ['勉強', [1]],
    ['天気', [1]],
    ['天气', [2]],
    ['今', [1, 2]],
    ['今天', [2]],
    ['語', [1, 4]],
    ['いい', [1]],
    ['い', [1]],
    ['中文', [2]],
    ['ガラス', [4]],
    ['カタカナ', [4]],
    ['C言語', [4]],
    ['linux', [4]],
    ['"linux入門"', [4]],
    ['สวัสดี', [5]],
    ['café', [5]],
    ['cafe', []],
    ['naïve ünïcode', [5]],
    ["o'clock", [6]],
    ['not and or', [6]],
    ['3.5', [6]],
  ])('%s finds %j', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('of one domain is not found in another', async () => {
    expect(await found('fox', SearchDomain.EXTRACTION)).toEqual([]);
  });

  it('is ranked: where the word stands more often comes first', async () => {
    const page = await search.listHits(SearchDomain.TRANSCRIPT, parseSearchQuery('dog'), null, {
      direction: 'forward',
      size: 5,
      start: null,
    });
    expect(page.rows.map(({ subjectId, atMs }) => [subjectId, atMs])).toEqual([
      [3, 3_000],
      [0, 0],
    ]);
  });

  it('comes page by page, forward and backward, each hit once', async () => {
    const query = parseSearchQuery('common');
    await s.backend.transact(
      statements.replace(
        SearchDomain.TRANSCRIPT,
        subjectById(100),
        Array.from({ length: 7 }, (_, part) => ({
          part,
          atMs: part,
          text: `common ${'filler '.repeat(part % 3)}`,
        })),
      ),
    );
    const seen: number[] = [];
    let start: PageKey | null = null;
    for (;;) {
      const page = await search.listHits(SearchDomain.TRANSCRIPT, query, null, {
        direction: 'forward',
        size: 3,
        start,
      });
      seen.push(...page.rows.map(({ part }) => part));
      const last = page.rows.at(-1);
      if (!page.hasMore || last === undefined) break;
      // As a client brings it back: a rank is no whole number, and a cursor holds no other.
      start = decodeCursor(encodeCursor('hits', keyOfHit(last)), 'hits', 2);
    }
    expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const back = await search.listHits(SearchDomain.TRANSCRIPT, query, null, {
      direction: 'backward',
      size: 7,
      start: null,
    });
    expect(back.rows.map(({ part }) => part)).toEqual(seen);
  });

  it('of a cursor whose rank is no number is refused', async () => {
    const page = { direction: 'forward', size: 3, start: ['near the top', 1] } as const;
    await expect(
      search.listHits(SearchDomain.TRANSCRIPT, parseSearchQuery('dog'), null, page),
    ).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
  });

  it('of many subjects is written at once, and found as if they were written one by one', async () => {
    const many = new ManySearchStatements(functions, SUBJECT_BY_ID);
    const parts = TEXTS.map((text, id) => ({ subject: 50 + id, part: 0, atMs: 0, text }));
    await s.backend.transact(
      many.add(SearchDomain.TRANSCRIPTION, [...parts, { subject: 99, part: 0, atMs: 0, text: '… !' }]),
    );
    for (const query of ['fox', '天気', 'ガラス', "o'clock", '"linux入門"']) {
      const [one, another] = [await found(query), await found(query, SearchDomain.TRANSCRIPTION)];
      expect(one.length).toBeGreaterThan(0);
      expect(another).toEqual(one.map((id) => 50 + id));
    }
    expect(await s.rows('SELECT COUNT(*) FROM sys_search_documents WHERE subject_id = 99')).toEqual([[0]]);
  });

  it('is narrowed by a condition of the domain', async () => {
    const page = await search.listHits(
      SearchDomain.TRANSCRIPT,
      parseSearchQuery('dog'),
      { sql: 'd.subject_id <> ?', params: [3] },
      { direction: 'forward', size: 5, start: null },
    );
    expect(page.rows.map(({ subjectId }) => subjectId)).toEqual([0]);
  });

  it('is found by its new words only, once it was replaced, and by none once it was removed', async () => {
    await s.backend.transact(
      statements.replace(SearchDomain.TRANSCRIPT, subjectById(0), [{ part: 0, atMs: 0, text: 'a red cat' }]),
    );
    expect([await found('fox'), await found('cat')]).toEqual([[], [0]]);
    await s.backend.transact(statements.remove(SearchDomain.TRANSCRIPT, [0, 3]));
    expect([await found('cat'), await found('dog')]).toEqual([[], []]);
    const [index] = await s.rows('SELECT COUNT(*) FROM sys_search_index');
    expect(index).toEqual([TEXTS.length - 2]);
  });

  it('of thousands of different words in one passage is indexed to its end', async () => {
    const text = Array.from({ length: 3_000 }, (_, i) => `word${i}`).join(' ');
    await s.backend.transact(
      statements.replace(SearchDomain.TRANSCRIPT, subjectById(9), [{ part: 0, atMs: 0, text }]),
    );
    expect(await found('"word2998 word2999"')).toEqual([9]);
  });
});

describe('compressed bytes', () => {
  it('come back from the database as they went', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    const type = isPostgres ? 'bytea' : 'blob';
    await s.backend.transact([
      { sql: `CREATE TABLE blobs (content ${type})`, params: [] },
      { sql: 'INSERT INTO blobs VALUES (?)', params: [bytes] },
    ]);
    const [row] = await s.rows('SELECT content FROM blobs');
    expect(row?.[0]).toBeInstanceOf(Uint8Array);
    expect([...(row?.[0] as Uint8Array)]).toEqual([...bytes]);
  });
});
