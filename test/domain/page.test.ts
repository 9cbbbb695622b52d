import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinostatError } from '../../src/domain/errors.js';
import {
  decodeCursor,
  encodeCursor,
  parsePage,
  toPage,
  type PageArgs,
  type PageKey,
} from '../../src/domain/page.js';

const SCOPE = 'videos ["TITLE",{"text":null}]';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof KinostatError) return error.code;
    throw error;
  }
  return 'none';
}

describe('cursors', () => {
  it('come back as the key they were made of, whatever text or number it holds', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), fc.string(), (key, scope) => {
        expect(decodeCursor(encodeCursor(scope, key), scope, key.length)).toEqual(key);
      }),
    );
  });

  it.each([['進撃の巨人 第１話 🎬'], ['"quoted" \\ /+='], ['\u0000\uFFFF'], ['']])(
    'carry the title %j',
    (title) => {
      expect(decodeCursor(encodeCursor(SCOPE, [title, 7]), SCOPE, 2)).toEqual([title, 7]);
    },
  );

  it('need no escaping in a URL', () => {
    const keys: PageKey[] = [
      ['???>>>', 1],
      ['ÿÿÿ', 2],
      ['🎬🎬', 3],
    ];
    for (const key of keys) expect(encodeCursor(SCOPE, key)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each(['videos ["CREATED",{"text":null}]', 'videos ["TITLE",{"text":"a"}]', 'sessions {}', ''])(
    'are refused by the list %j, for which they were not made',
    (other) => {
      const cursor = encodeCursor(SCOPE, ['a', 1]);
      expect(() => decodeCursor(cursor, other, 2)).toThrow('another list, sort or filter');
      expect(codeOf(() => decodeCursor(cursor, other, 2))).toBe('INVALID_CURSOR');
    },
  );

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', btoa('hello')],
    ['no list', btoa('{"a":1}')],
    ['null', btoa('null')],
    ['an empty list', btoa('[]')],
    ['bytes that are not UTF-8', btoa('["\u00ff\u00fe"]')],
    ['a key that is too short', encodeCursor(SCOPE, ['a'])],
    ['a key that is too long', encodeCursor(SCOPE, ['a', 1, 2])],
    ['a part that is no integer', encodeCursor(SCOPE, ['a', 1.5])],
    ['a part beyond the safe integers', encodeCursor(SCOPE, ['a', 2 ** 53])],
    ['an offset', '20'],
  ])('are refused when they hold %s', (_what, cursor) => {
    expect(codeOf(() => decodeCursor(cursor, SCOPE, 2))).toBe('INVALID_CURSOR');
  });

  it('are refused with any garbage, and never by another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (garbage) => {
        expect(codeOf(() => decodeCursor(garbage, SCOPE, 2))).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('refuse objects and booleans smuggled into a key', () => {
    const print = (JSON.parse(atob(encodeCursor(SCOPE, ['a', 1]))) as unknown[])[0];
    for (const part of [{}, [], true, null]) {
      const cursor = btoa(JSON.stringify([print, 'a', part]));
      expect(codeOf(() => decodeCursor(cursor, SCOPE, 2))).toBe('INVALID_CURSOR');
    }
  });
});

describe('page arguments', () => {
  it('give the first 20 when nothing is asked', () => {
    expect(parsePage({}, SCOPE, 2)).toEqual({ direction: 'forward', size: 20, start: null });
    expect(parsePage({ first: null, after: null, last: null, before: null }, SCOPE, 2).size).toBe(20);
  });

  it('read forward after a cursor and backward before one', () => {
    const cursor = encodeCursor(SCOPE, ['m', 9]);
    expect(parsePage({ first: 200, after: cursor }, SCOPE, 2)).toEqual({
      direction: 'forward',
      size: 200,
      start: ['m', 9],
    });
    expect(parsePage({ last: 1, before: cursor }, SCOPE, 2)).toEqual({
      direction: 'backward',
      size: 1,
      start: ['m', 9],
    });
    expect(parsePage({ before: cursor }, SCOPE, 2)).toEqual({
      direction: 'backward',
      size: 20,
      start: ['m', 9],
    });
  });

  it.each<[string, PageArgs]>([
    ['first 0', { first: 0 }],
    ['first -1', { first: -1 }],
    ['first 201', { first: 201 }],
    ['first 1.5', { first: 1.5 }],
    ['first NaN', { first: Number.NaN }],
    ['last 0', { last: 0 }],
    ['last 201', { last: 201 }],
    ['first with last', { first: 1, last: 1 }],
    ['first with before', { first: 1, before: 'x' }],
    ['after with last', { after: 'x', last: 1 }],
    ['after with before', { after: 'x', before: 'y' }],
  ])('refuse %s', (_what, args) => {
    expect(codeOf(() => parsePage(args, SCOPE, 2))).toBe('BAD_USER_INPUT');
  });
});

describe('pages', () => {
  it('cut the extra row that tells of more', () => {
    const request = { direction: 'forward', size: 2, start: null } as const;
    expect(toPage([1, 2, 3], request)).toEqual({ rows: [1, 2], hasMore: true });
    expect(toPage([1, 2], request)).toEqual({ rows: [1, 2], hasMore: false });
    expect(toPage([], request)).toEqual({ rows: [], hasMore: false });
  });

  it('come in list order when they were read backward', () => {
    const request = { direction: 'backward', size: 2, start: null } as const;
    expect(toPage([9, 8, 7], request)).toEqual({ rows: [8, 9], hasMore: true });
  });
});
