import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type PageKey } from '../../src/domain/page.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { keyOfHit, SearchDomain } from '../../src/domain/search/types.js';
import { SearchStatements, subjectById } from '../../src/db/commands/search.js';
import { postgresFunctions } from '../../src/db/postgres/functions.js';
import { sqliteFunctions } from '../../src/db/queries/sql-functions.js';
import type { NewTranscript } from '../../src/domain/transcripts/cache.js';
import { T0 } from '../support/commands.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';
import { failure, segmentsOf, transcript } from '../support/transcripts.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const put = (...transcripts: NewTranscript[]) =>
  s.store.transcriptCache.putTranscripts(transcripts, null, T0);
const keyOf = async (videoId: number) => (await s.store.immersion.listVideosByIds([videoId]))[0]?.videoKey;
async function hits(query: string, language: string | null = null, nowMs = T0) {
  const page = { direction: 'forward', size: 50, start: null } as const;
  const { rows } = await s.store.transcriptCache.listHits(parseSearchQuery(query), { language }, nowMs, page);
  return Promise.all(rows.map(async (hit) => ({ ...hit, key: await keyOf(hit.videoId) })));
}
const found = async (...args: Parameters<typeof hits>) =>
  (await hits(...args)).map(({ key }) => key).toSorted();
const marked = (parts: readonly { text: string; isMatch: boolean }[]) =>
  parts.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join('');

describe('a search over transcripts', () => {
  it('finds the video, the instant of the first match, and the words around it', async () => {
    await put(
      transcript('a', ['Good morning', 'We went to the river', 'and saw a heron']),
      transcript('b', ['Good night']),
    );
    expect(await hits('heron')).toMatchObject([{ key: 'a', startMs: 4_000, endMs: 5_500 }]);
    const [hit] = await hits('river heron');
    expect(hit).toMatchObject({ key: 'a', startMs: 2_000, endMs: 3_500 });
    expect(marked(hit!.snippet)).toBe('Good morning\nWe went to the [river]\nand saw a [heron]');
    expect(await found('good')).toEqual(['a', 'b']);
    expect(await found('good -night')).toEqual(['a']);
  });

  it.each([
    ['勉強', '日本語を[勉強]しています'],
    ['学习', '我们今天[学习]中文'],
    ['今', '我们[今]天学习中文'],
    ['"went to"', 'We [went] [to] the café'],
    ['CAFÉ', 'We went to the [café]'],
    ['สวัสดี', '[สวัสดี]ครับ'],
  ])('for %s finds %s', async (query, snippet) => {
    await put(
      transcript('ja', ['日本語を勉強しています']),
      transcript('zh', ['我们今天学习中文']),
      transcript('en', ['We went to the café']),
      transcript('th', ['สวัสดีครับ']),
    );
    expect((await hits(query)).map((hit) => marked(hit.snippet))).toEqual([snippet]);
  });

  it('finds every passage of a long transcript, at its instant', async () => {
    const lines = Array.from({ length: 300 }, (_, n) =>
      n % 100 === 50 ? `needle number ${n}` : `just hay, line ${n} of many`,
    );
    await put(transcript('long', lines));
    expect((await hits('needle')).map(({ startMs }) => startMs / 2_000).toSorted((a, b) => a - b)).toEqual([
      50, 150, 250,
    ]);
  });

  it('ranks the passage in which the word stands more often first', async () => {
    await put(
      transcript('once', ['a cat, and many other animals that are no pets']),
      transcript('often', ['cat, cat, cat']),
    );
    expect((await hits('cat')).map(({ key }) => key)).toEqual(['often', 'once']);
  });

  it('is narrowed to a language, with its regions', async () => {
    const said = (key: string, language: string | null) => transcript(key, ['the same word'], { language });
    await put(
      said('pt', 'pt'),
      said('br', 'pt-BR'),
      said('en', 'en'),
      said('ptx', 'ptx'),
      said('none', null),
    );
    expect(await found('word', 'pt')).toEqual(['br', 'pt']);
    expect(await found('word', 'PT-br')).toEqual(['br']);
    expect(await found('word', 'de')).toEqual([]);
    expect(await found('word')).toHaveLength(5);
  });

  it('comes page by page, every hit once, in the order of one page of all', async () => {
    await put(
      ...Array.from({ length: 23 }, (_, n) => transcript(`v${n}`, [`common ${'filler '.repeat(n % 4)}`])),
    );
    const query = parseSearchQuery('common');
    const list = (size: number, start: PageKey | null) =>
      s.store.transcriptCache.listHits(query, { language: null }, T0, { direction: 'forward', size, start });
    const all = (await list(50, null)).rows.map(({ videoId }) => videoId);
    const seen: number[] = [];
    let start: PageKey | null = null;
    do {
      const page = await list(5, start);
      seen.push(...page.rows.map(({ videoId }) => videoId));
      const last = page.rows.at(-1);
      start = page.hasMore && last ? decodeCursor(encodeCursor('s', keyOfHit(last)), 's', 2) : null;
    } while (start !== null);
    expect(new Set(seen).size).toBe(23);
    expect(seen).toEqual(all);
  });

  it('finds nothing of a transcript that was replaced, expired, deleted or evicted, or whose video was purged', async () => {
    const word = (key: string, fields: Partial<NewTranscript> = {}) =>
      transcript(key, [`unicorn ${key}`], fields);
    await put(
      word('kept'),
      word('replaced'),
      word('expires', { expiresAtMs: T0 + 1 }),
      word('deleted'),
      word('purged'),
    );
    expect(await found('unicorn')).toHaveLength(5);
    await put(transcript('replaced', ['a horse']), failure('failed'));
    await s.store.transcriptCache.deleteTranscript('deleted');
    await s.store.maintenance.purgeVideo((await s.store.immersion.getVideo('purged'))!.videoId, never);
    expect(await found('unicorn', null, T0 + 1)).toEqual(['kept']);
    expect(await found('horse')).toEqual(['replaced']);
    // What expired, and of the rest the one that was used longest ago.
    await s.store.transcriptCache.evict({ maxEntries: 0, maxBytes: 0 }, T0 + 1, never);
    await s.store.transcriptCache.evictOldest(1, T0 + 1, never);
    expect([await found('unicorn'), await found('horse')]).toEqual([[], ['replaced']]);
    const [documents] = await s.rows('SELECT COUNT(*) FROM sys_search_documents');
    const [index] = await s.rows('SELECT COUNT(*) FROM sys_search_index');
    expect([documents, index]).toEqual([[1], [1]]);
  });
});

describe('a rebuild of the search', () => {
  const rebuild = (signal = never) => s.store.maintenance.rebuildSearch(signal, () => undefined);
  const documents = () =>
    s.rows('SELECT domain, subject_id, part, at_ms FROM sys_search_documents ORDER BY 1, 2, 3');

  it('derives the same documents again, also when all of them are gone', async () => {
    await put(
      ...Array.from({ length: 45 }, (_, n) =>
        transcript(`v${n}`, Array<string>(n).fill(`passage ${n} of some length`).concat('unicorn')),
      ),
      failure('failed'),
    );
    const before = await documents();
    expect(before.length).toBeGreaterThan(50);
    const progress: number[] = [];
    await s.backend.transact([{ sql: 'DELETE FROM sys_search_documents', params: [] }]);
    expect(await found('unicorn')).toEqual([]);
    const reports = await s.store.maintenance.rebuildSearch(never, (_name, done) => progress.push(done));
    expect(reports).toContainEqual({ name: 'transcripts', subjectsCount: 45, isComplete: true });
    expect(progress).toContain(45);
    expect(await documents()).toEqual(before);
    expect(await found('unicorn')).toHaveLength(45);
    await rebuild();
    expect(await documents()).toEqual(before);
  });

  it('removes what belongs to nothing any more', async () => {
    await put(transcript('a'), transcript('b'));
    const before = await documents();
    const statements = new SearchStatements((isPostgres ? postgresFunctions : sqliteFunctions).search);
    const stray = [0, 999_999].flatMap((id) =>
      statements.replace(SearchDomain.TRANSCRIPT, subjectById(id), [{ part: 0, atMs: 0, text: 'stray' }]),
    );
    await s.backend.transact(stray);
    await rebuild();
    expect(await documents()).toEqual(before);
  });

  it('indexes what is put meanwhile as it is in the end', async () => {
    await put(...Array.from({ length: 30 }, (_, n) => transcript(`v${n}`, ['old words'])));
    const transact = s.backend.transact.bind(s.backend);
    let isFirst = true;
    s.backend.transact = async (statements, options) => {
      if (isFirst) {
        isFirst = false;
        await s.store.transcriptCache.putTranscripts(
          [transcript('v3', ['new words']), transcript('later', ['new words'])],
          null,
          T0 + 1,
        );
      }
      return transact(statements, options);
    };
    await rebuild();
    expect(await found('new')).toEqual(['later', 'v3']);
    expect(await found('old')).toHaveLength(29);
  });

  it('stops between pages when it is told to, and says so', async () => {
    await put(
      ...Array.from({ length: 30 }, (_, n) =>
        transcript(
          `v${n}`,
          segmentsOf('x').map(({ text }) => text),
        ),
      ),
    );
    const abort = new AbortController();
    const reports = await s.store.maintenance.rebuildSearch(abort.signal, () => abort.abort());
    expect(reports).toContainEqual({ name: 'transcripts', subjectsCount: 20, isComplete: false });
  });
});
