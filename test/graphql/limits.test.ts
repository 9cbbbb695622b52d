import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_LIMITS, limitsRule, type DocumentLimits } from '../../src/graphql/limits.js';

const SCHEMA = buildSchema(`
  type Query { sessions(first: Int, last: Int): Sessions!  other: Sessions!  name: String  point: Point }
  type Point { x: Int  next: Point }
  type Sessions { edges: [Edge!]!  totalCount: Int }
  type Edge { cursor: String!  node: Session! }
  type Session { id: ID!  name: String  events(first: Int): Sessions!  timeline(maxPoints: Int): [Point!]! }
`);
const WIDE: DocumentLimits = {
  maxTokens: 5_000,
  maxDepth: 100,
  maxAliases: 100,
  maxRootFields: 100,
  maxComplexity: 1e9,
};

/** Problems with these limits; the standard rules find nothing else in the document. */
function problems(document: string, limits: Partial<DocumentLimits>): string[] {
  const rules = [...specifiedRules, limitsRule({ ...WIDE, ...limits })];
  return validate(SCHEMA, parse(document), rules).map(({ message }) => message);
}

/** The smallest bound of complexity that lets a document through. */
function complexityOf(document: string): number {
  let [low, high] = [0, 1e9];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (problems(document, { maxComplexity: middle }).length === 0) high = middle;
    else low = middle;
  }
  return high;
}

describe('depth', () => {
  const nested = (levels: number): string => `{ point { ${deep(levels - 1)} } }`;
  const deep = (levels: number): string => (levels === 1 ? 'x' : `next { ${deep(levels - 1)} }`);

  it('at the bound passes, one more is refused', () => {
    expect(problems(nested(6), { maxDepth: 6 })).toEqual([]);
    expect(problems(nested(7), { maxDepth: 6 })).toEqual(['The query is deeper than 6 levels']);
  });

  it('counts through fragments, named and inline', () => {
    const document = '{ point { ...A } } fragment A on Point { next { ... on Point { next { x } } } }';
    expect(problems(document, { maxDepth: 4 })).toEqual([]);
    expect(problems(document, { maxDepth: 3 })).toEqual(['The query is deeper than 3 levels']);
  });
});

describe('aliases and root fields', () => {
  const many = (count: number, field: string): string =>
    Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');

  it('are counted over the whole document', () => {
    expect(problems(`{ ${many(3, 'name')} point { ${many(2, 'x')} } }`, { maxAliases: 5 })).toEqual([]);
    expect(problems(`{ ${many(3, 'name')} point { ${many(3, 'x')} } }`, { maxAliases: 5 })).toEqual([
      'The query has more than 5 aliases',
    ]);
  });

  it('are counted once per spread of their fragment', () => {
    const document = `{ a: point { ...F } b: point { ...F } } fragment F on Point { ${many(2, 'x')} }`;
    expect(problems(document, { maxAliases: 6 })).toEqual([]);
    expect(problems(document, { maxAliases: 5 })).toHaveLength(1);
  });

  it.each(['__typename', '__schema { types { name } }'])(
    'are counted on %s too: it is run as often',
    (field) => {
      expect(problems(`{ ${many(6, field)} }`, { maxAliases: 5 })).toEqual([
        'The query has more than 5 aliases',
      ]);
    },
  );

  it('are bounded at the root, also behind fragments', () => {
    const document = '{ name point { x } ...F } fragment F on Query { other { totalCount } }';
    expect(problems(document, { maxRootFields: 3 })).toEqual([]);
    expect(problems(document, { maxRootFields: 2 })).toEqual(['The query has more than 2 root fields']);
  });
});

describe('complexity', () => {
  it('is the count of fields where there is no list', () => {
    expect(complexityOf('{ name point { x next { x } } }')).toBe(5);
  });

  it('counts what is inside a page once per item', () => {
    // 1 list, then 50 times: edges, node, id.
    expect(complexityOf('{ sessions(first: 50) { edges { node { id } } } }')).toBe(1 + 50 * 3);
    expect(complexityOf('{ sessions(last: 50) { edges { node { id } } } }')).toBe(1 + 50 * 3);
  });

  it('multiplies the sizes of nested pages', () => {
    const document = '{ sessions(first: 50) { edges { node { events(first: 100) { edges { cursor } } } } } }';
    expect(complexityOf(document)).toBe(1 + 50 * (3 + 100 * 2));
  });

  it('takes the default page where no size is stated', () => {
    expect(complexityOf('{ sessions { edges { cursor } } }')).toBe(1 + 20 * 2);
  });

  it.each([
    ['an inline fragment', '{ sessions(first: 50) { ... { edges { node { id } } } } }'],
    ['a typed inline fragment', '{ sessions(first: 50) { ... on Sessions { edges { node { id } } } } }'],
    ['a named fragment', '{ sessions(first: 50) { ...F } } fragment F on Sessions { edges { node { id } } }'],
    ['an alias', '{ sessions(first: 50) { e: edges { n: node { i: id } } } }'],
  ])('is the same when the edges are asked for through %s', (_what, document) => {
    expect(complexityOf(document)).toBe(1 + 50 * 3);
  });

  it('grows with the points of a timeline, which is a list too', () => {
    const of = (maxPoints: number): string =>
      `{ sessions(first: 10) { edges { node { timeline(maxPoints: ${maxPoints}) { x } } } } }`;
    expect(complexityOf(of(5_000))).toBeGreaterThan(10 * complexityOf(of(10)));
  });

  it('cannot be made small by a negative or zero page', () => {
    expect(complexityOf('{ sessions(first: 0) { edges { cursor } } }')).toBeGreaterThanOrEqual(3);
    expect(complexityOf('{ sessions(first: -50) { edges { cursor } } }')).toBeGreaterThanOrEqual(3);
  });

  it('adds up the operations of a document one by one, each with the whole bound', () => {
    const document = 'query A { name } query B { sessions(first: 9) { edges { cursor } } }';
    expect(problems(document, { maxComplexity: 19 })).toEqual([]);
    expect(problems(document, { maxComplexity: 18 })).toHaveLength(1);
  });
});

describe('fragments', () => {
  it('that double at each level are cut off at once', () => {
    const levels = 30;
    const fragments = Array.from({ length: levels }, (_, i) =>
      i === levels - 1
        ? `fragment F${i} on Point { x }`
        : `fragment F${i} on Point { ...F${i + 1} ...F${i + 1} }`,
    );
    const started = performance.now();
    // Only our rule: it must not depend on another one's having stopped the document.
    const errors = validate(SCHEMA, parse(`{ point { ...F0 } } ${fragments.join('\n')}`), [
      limitsRule(DOCUMENT_LIMITS),
    ]);
    expect(errors.map(({ message }) => message)).toEqual(['The query spreads too many fragments']);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('that go round in a circle end, and the standard rules name them', () => {
    const document = '{ point { ...A } } fragment A on Point { ...B } fragment B on Point { x ...A }';
    expect(validate(SCHEMA, parse(document), [limitsRule(WIDE)])).toEqual([]);
    expect(problems(document, {})).toEqual(['Cannot spread fragment "A" within itself via "B".']);
  });

  it('that do not exist are left to the standard rules', () => {
    expect(problems('{ point { ...Nothing } }', {})).toEqual(['Unknown fragment "Nothing".']);
  });
});

describe('the code', () => {
  it('is QUERY_TOO_COMPLEX for every limit', () => {
    const [error] = validate(SCHEMA, parse('{ name point { x } }'), [
      limitsRule({ ...WIDE, maxRootFields: 1 }),
    ]);
    expect(error?.extensions).toEqual({ code: 'QUERY_TOO_COMPLEX' });
  });
});
