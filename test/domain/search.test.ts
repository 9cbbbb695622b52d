import { describe, expect, it } from 'vitest';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { firstMatchIn, snippetOf } from '../../src/domain/search/snippet.js';
import { tokensOf } from '../../src/domain/search/tokenize.js';

describe('tokens', () => {
  it.each([
    ['Hello, World!', ['hello', 'world']],
    ['ＦＵＬＬ width', ['full', 'width']],
    ['日本語', ['日本', '本語', '語']],
    ['日', ['日']],
    ['C言語2go', ['c', '言語', '語', '2go']],
    ['ｶﾞｽ', ['ガス', 'ス']],
    ['한국어', ['한국', '국어', '어']],
    ['𠮷野家', ['𠮷野', '野家', '家']],
    ['— … !', []],
    ['e\u0301te', ['éte']],
  ])('of %s are %j', (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });

  it('are cut at 64 characters', () => {
    expect(tokensOf('x'.repeat(500))).toEqual(['x'.repeat(64)]);
  });
});

describe('a search', () => {
  it('is words, phrases, beginnings and exclusions', () => {
    expect(parseSearchQuery('one "two three" fou* -five').terms).toEqual([
      { tokens: ['one'], isPrefix: false, isExcluded: false },
      { tokens: ['two', 'three'], isPrefix: false, isExcluded: false },
      { tokens: ['fou'], isPrefix: true, isExcluded: false },
      { tokens: ['five'], isPrefix: false, isExcluded: true },
    ]);
  });

  it.each([
    ['', 'word'],
    ['  !? ', 'word'],
    ['-only', 'word'],
    ['x'.repeat(201), 'characters'],
    ['a '.repeat(17), 'words'],
  ])('%j is refused', (text, message) => {
    expect(() => parseSearchQuery(text)).toThrow(message);
  });
});

describe('a snippet', () => {
  const marked = (text: string, query: string): string =>
    snippetOf(text, parseSearchQuery(query))
      .map(({ text: part, isMatch }) => (isMatch ? `[${part}]` : part))
      .join('');

  it.each([
    ['The quick brown fox', 'brown', 'The quick [brown] fox'],
    ['Walk, walks, walking', 'walk*', '[Walk], [walks], [walking]'],
    ['今日は日本語の日', '日本', '今日は[日本]語の日'],
    ['ｶﾞﾗｽ窓', 'ガラス', '[ｶﾞﾗｽ]窓'],
    ['ＡＢＣ abc', 'abc', '[ＡＢＣ] [abc]'],
    ['日日日', '日日', '[日日日]'],
    ['nothing here', 'absent', 'nothing here'],
  ])('of %s for %s is %s', (text, query, expected) => {
    expect(marked(text, query)).toBe(expected);
  });

  it.each([
    ['The quick brown fox', 'brown', 10],
    ['🎬🎬 今日は日本語', '日本', 8],
    ['ｶﾞﾗｽ窓', '窓', 4],
    ['nothing here', 'absent', null],
  ])('of %s for %s has its first match at %s', (text, query, expected) => {
    expect(firstMatchIn(text, parseSearchQuery(query))).toBe(expected);
  });

  it('is the stretch around the first match, and says that there is more', () => {
    const text = `${'before '.repeat(60)}needle${' after'.repeat(60)}`;
    const snippet = marked(text, 'needle');
    expect(snippet).toMatch(/^….*\[needle\].*…$/);
    expect(snippet.length).toBeLessThan(170);
  });
});
