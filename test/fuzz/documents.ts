import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.js';
import type { Json, Values } from './values.js';

export interface FuzzRequest {
  readonly query: string;
  readonly variables: Record<string, Json>;
}
export type OperationKind = 'query' | 'mutation' | 'subscription';

const MAX_DEPTH = 6;
/** Documents with values that no schema asked for, and the share of those values in them. */
const UNFRIENDLY_DOCUMENTS = 0.4;
const HOSTILE_SHARE = 0.06;

/** Documents and variables made from a schema: fields, arguments and inputs of its types, and now and then nonsense. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #values: Values;
  #declared: string[] = [];
  #variables: Record<string, Json> = {};
  #aliases = 0;

  constructor(schema: GraphQLSchema, values: Values) {
    this.#schema = schema;
    this.#values = values;
    this.#random = values.random;
  }

  make(kind: OperationKind): FuzzRequest {
    this.#declared = [];
    this.#variables = {};
    this.#aliases = 0;
    this.#values.isFriendly = !this.#random.chance(UNFRIENDLY_DOCUMENTS);
    const root = {
      query: this.#schema.getQueryType(),
      mutation: this.#schema.getMutationType(),
      subscription: this.#schema.getSubscriptionType(),
    }[kind];
    if (root == null) throw new Error(`The schema has no ${kind}`);
    const fields = Object.values(root.getFields());
    const count = kind === 'subscription' ? 1 : this.#random.int(1, 3);
    const selections = Array.from({ length: count }, () => {
      // What removes everything is rare, or there would be nothing to ask for.
      const field = this.#random.pick(fields);
      return field.name === 'purgeVideo' && this.#random.chance(0.8)
        ? '__typename'
        : this.#field(field, 1, true);
    });
    const declared = this.#declared.length === 0 ? '' : `(${this.#declared.join(', ')})`;
    return { query: `${kind} Q${declared} { ${selections.join(' ')} }`, variables: this.#variables };
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    if (isLeafType(type)) return '';
    const parts: string[] = [];
    if (this.#random.chance(0.2)) parts.push('__typename');
    if (isAbstractType(type)) {
      for (const possible of this.#schema.getPossibleTypes(type)) {
        if (this.#random.chance(0.5))
          parts.push(`... on ${possible.name} ${this.#selection(possible, depth)}`);
      }
    }
    if ('getFields' in type && !isInputObjectType(type)) parts.push(...this.#fields(type, depth));
    return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
  }

  #fields(type: Pick<GraphQLObjectType, 'getFields' | 'name'>, depth: number): string[] {
    const all = Object.values(type.getFields());
    // Connections are only deep through their edges.
    const isWrapper = all.some(({ name }) => name === 'edges' || name === 'node') && all.length < 5;
    const wanted = all.filter((field) => {
      const isLeaf = isLeafType(getNamedType(field.type));
      if (!isLeaf && depth >= MAX_DEPTH) return false;
      return this.#random.chance(isWrapper ? 0.8 : isLeaf ? 0.35 : 0.3);
    });
    return wanted.slice(0, 12).map((field) => this.#field(field, depth, false));
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, isRoot: boolean): string {
    const args = this.#argumentsOf(field).map((arg) => `${arg.name}: ${this.#argument(arg)}`);
    this.#aliases += 1;
    // Fields with arguments may be asked for twice; without an alias they would have to agree.
    const isAliased = isRoot || field.args.length > 0 || this.#random.chance(0.1);
    const alias = isAliased ? `f${this.#aliases}: ` : '';
    const directive = this.#random.chance(0.03)
      ? ` @${this.#random.pick(['skip', 'include'])}(if: ${this.#random.pick(['true', 'false'])})`
      : '';
    const selection = this.#selection(getNamedType(field.type), depth + 1);
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${directive} ${selection}`;
  }

  #argumentsOf(field: GraphQLField<unknown, unknown>): GraphQLArgument[] {
    const { isFriendly } = this.#values;
    // A page is read in one direction.
    const unwanted = this.#random.chance(0.5) ? ['first', 'after'] : ['last', 'before'];
    return field.args
      .filter((arg) => isNonNullType(arg.type) || this.#random.chance(0.25))
      .filter((arg) => isFriendly || isNonNullType(arg.type) || !this.#random.chance(0.03))
      .filter((arg) => !isFriendly || !unwanted.includes(arg.name));
  }

  #argument(arg: GraphQLArgument): string {
    const value = this.#value(arg.type, arg.name, 0);
    if (this.#random.chance(0.5)) return literal(value, arg.type);
    const name = `v${this.#declared.length}`;
    this.#declared.push(`$${name}: ${String(arg.type)}`);
    if (this.#values.isFriendly || !this.#random.chance(0.03)) this.#variables[name] = value;
    return `$${name}`;
  }

  #value(type: GraphQLInputType, name: string, depth: number): Json {
    const { isFriendly } = this.#values;
    if (!isFriendly && this.#random.chance(HOSTILE_SHARE)) return this.#values.hostile();
    if (isNonNullType(type)) return this.#present(type.ofType, name, depth);
    return this.#random.chance(0.03) ? null : this.#present(type, name, depth);
  }

  #present(type: GraphQLInputType, name: string, depth: number): Json {
    const { isFriendly } = this.#values;
    if (isListType(type)) {
      const count = this.#random.pick([0, 1, 1, 2, 3, 8]);
      return Array.from({ length: count }, () => this.#value(type.ofType, name, depth + 1));
    }
    if (isEnumType(type)) {
      // Nobody can report what it does not know itself.
      const names = type.getValues().map((value) => value.name);
      return this.#random.pick(isFriendly ? names.filter((value) => value !== 'UNKNOWN') : names);
    }
    if (!isInputObjectType(type)) return this.#values.scalar(type.name, name);
    const fields = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || this.#random.chance(depth > 3 ? 0.1 : 0.4),
    );
    const value: Record<string, Json> = {};
    for (const field of fields) value[field.name] = this.#value(field.type, field.name, depth + 1);
    if (!isFriendly && this.#random.chance(0.05)) value['nobodyKnows'] = 1;
    const { from, to } = value;
    if (isFriendly && typeof from === 'string' && typeof to === 'string' && from > to) {
      return { ...value, from: to, to: from };
    }
    return value;
  }
}

/** A value as a document writes it: names of enums go without quotes. */
function literal(value: Json, type: GraphQLInputType): string {
  if (value === null) return 'null';
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (Array.isArray(value)) {
    const of = isListType(type) ? type.ofType : type;
    return `[${value.map((item) => literal(item, of)).join(', ')}]`;
  }
  if (isListType(type)) return literal(value, type.ofType);
  if (typeof value === 'object') {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    const parts = Object.entries(value)
      .filter(([name]) => /^[_A-Za-z]\w*$/.test(name))
      .map(([name, item]) => `${name}: ${literal(item, fields[name]?.type ?? type)}`);
    return `{${parts.join(', ')}}`;
  }
  if (typeof value === 'string' && isEnumType(type) && /^[_A-Za-z]\w*$/.test(value)) return value;
  return JSON.stringify(value);
}
