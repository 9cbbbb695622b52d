import { describe, expect, it } from 'vitest';
import { parseSlug, slugCandidates, toSlug } from '../../src/domain/library/slug.js';

describe('a slug', () => {
  it.each([
    ['My First Video!', 'my-first-video'],
    ['  Ünïcode — café  ', 'unicode-cafe'],
    ['10 000 ways', '10-000-ways'],
    ['x'.repeat(300), 'x'.repeat(100)],
  ])('of %s is %s', (title, slug) => {
    expect(toSlug(title)).toBe(slug);
    expect(parseSlug(slug)).toBe(slug);
  });

  it('of a title without a Latin letter is a name that is the same every time, and another for another title', () => {
    expect(toSlug('日本語')).toMatch(/^v-[a-z0-9]+$/);
    expect(toSlug('日本語')).toBe(toSlug('日本語'));
    expect(toSlug('日本語')).not.toBe(toSlug('中文'));
  });

  it('that is taken is counted on, within its length, and ends with what is of its video alone', () => {
    const candidates = [...slugCandidates('Name', 'k')];
    expect(candidates.slice(0, 3)).toEqual(['name', 'name-2', 'name-3']);
    expect(candidates).toHaveLength(21);
    expect(candidates.at(-1)).toMatch(/^name-[a-z0-9]{8,}$/);
    expect(candidates.at(-1)).not.toBe([...slugCandidates('Name', 'other')].at(-1));
    const long = [...slugCandidates('x'.repeat(300), 'k')];
    expect(long[1]).toBe(`${'x'.repeat(98)}-2`);
    expect(long.map(parseSlug)).toEqual(long);
  });

  it.each(['', 'A', 'a--b', '-a', 'a-', 'a b', 'ä', 'x'.repeat(101)])('is not %j', (slug) => {
    expect(() => parseSlug(slug)).toThrow('A slug is');
  });
});
