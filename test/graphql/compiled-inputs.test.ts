import fc from 'fast-check';
import {
  buildSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';
import { coerceInputValue } from 'graphql/utilities/coerceInputValue.js';
import { describe, expect, it } from 'vitest';
import { CompiledInputs } from '../../src/graphql/compiled-inputs.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();
const INPUTS = Object.values(schema.getTypeMap()).filter(isInputObjectType);

/** What graphql itself makes of it: the value, or that it is wrong. */
function expected(value: unknown, type: GraphQLInputType): unknown {
  const errors: unknown[] = [];
  const coerced: unknown = coerceInputValue(value, type, (...error) => errors.push(error));
  return errors.length > 0 ? 'wrong' : plain(coerced);
}

function compiled(value: unknown, type: GraphQLInputType): unknown {
  try {
    return plain(new CompiledInputs().coercerOf(type)(value));
  } catch {
    return 'wrong';
  }
}

/** Without the prototypes, which differ: graphql's objects have none. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

const SCALARS: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.string(),
  fc.constant(null),
  fc.uuid(),
  fc.constantFrom('LOCAL', 'LOOKUP', 'COMMITTED', 'ja', '2026-11-21T00:00:00Z', '2026-11-21', [], {}, [[1]]),
);

/** Mostly right, at times wrong: fields missing, null, of another type, or unknown. */
function valuesOf(type: GraphQLInputType, depth = 0): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return valuesOf(type.ofType, depth);
  if (isListType(type)) {
    const item = valuesOf(type.ofType, depth + 1);
    return fc.oneof({ weight: 6, arbitrary: fc.array(item, { maxLength: 3 }) }, item);
  }
  if (!isInputObjectType(type) || depth > 6) return SCALARS;
  const fields = Object.values(type.getFields()).map((field): [string, fc.Arbitrary<unknown>] => [
    field.name,
    valuesOf(field.type, depth + 1),
  ]);
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  return fc.oneof(
    { weight: 12, arbitrary: known },
    fc.tuple(known, SCALARS).map(([value, extra]) => ({ ...value, unheardOf: extra })),
    SCALARS,
  );
}

describe('compiled inputs', () => {
  it.each(INPUTS)('%s takes and refuses what graphql does, and makes the same of it', (type) => {
    let rightCount = 0;
    fc.assert(
      fc.property(fc.oneof(valuesOf(type), rightOf(type)), (value) => {
        const wanted = expected(value, type);
        if (wanted !== 'wrong') rightCount += 1;
        expect(compiled(value, type)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
    // A test of refusals alone would prove half.
    expect(rightCount).toBeGreaterThan(30);
  });

  it('know what our schema does not have: lists in lists, inputs in themselves, defaults, one-of', () => {
    const other = buildSchema(`
      input Tree { name: String!, size: Int! = 7, kinds: [[Kind!]!] = [[LEAF]], children: [Tree!] }
      enum Kind { LEAF ROOT }
      input Either @oneOf { a: Int, b: Int }
      type Query { a(tree: Tree, either: Either): Int }`);
    const tree = other.getType('Tree');
    const either = other.getType('Either');
    if (!isInputType(tree) || !isInputType(either)) throw new Error('not there');
    const leaf = { name: 'a', kinds: [[null]] };
    for (const value of [
      { name: 'a', children: [{ name: 'b', size: null }, { name: 'c' }] },
      { name: 'a', children: { name: 'b', kinds: 'ROOT' } },
      { name: 'a', children: [{ name: 'b', children: [leaf] }] },
      { name: 'a', kinds: [['ROOT', 'LEAF'], []] },
      { size: 1 },
      [],
      null,
    ]) {
      expect(compiled(value, tree)).toEqual(expected(value, tree));
    }
    // Left to graphql, whatever the value.
    expect(compiled({ a: 1 }, either)).toBe('wrong');
  });
});

/** Every field that must be there, and right. */
function rightOf(type: GraphQLInputType): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return rightOf(type.ofType);
  if (isListType(type)) return fc.array(rightOf(type.ofType), { maxLength: 3 });
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
    return fc.record(Object.fromEntries(fields.map(({ name, type: of }) => [name, rightOf(of)])), {
      requiredKeys: required,
    });
  }
  return RIGHT[String(type)] ?? fc.constant(ENUM_VALUES.get(String(type)) ?? 'text');
}

const RIGHT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  EpochMs: fc.nat(),
  SafeInt: fc.maxSafeNat(),
  Int: fc.integer(),
  Float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  Boolean: fc.boolean(),
  UUID: fc.uuid(),
  TimeZone: fc.constantFrom('UTC', 'Asia/Kolkata'),
  DateTime: fc.constant('2026-11-21T00:00:00Z'),
  Date: fc.constant('2026-11-21'),
  JSON: fc.jsonValue(),
};

const ENUM_VALUES = new Map(
  Object.values(schema.getTypeMap()).flatMap((type) =>
    'getValues' in type ? [[type.name, type.getValues().at(-1)?.name] as const] : [],
  ),
);
