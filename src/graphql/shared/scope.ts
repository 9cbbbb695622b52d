import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';
import { hasScope, SCOPE_NAMES, type ScopeName } from '../../domain/access.js';
import { KinostatError } from '../../domain/errors.js';
import type { Context } from '../context.js';

/** States what a root field needs, where it is more than its type's default. */
export const needs = (scope: ScopeName) => ({ extensions: { scope } });

/**
 * Puts the check of scopes before every root field. Nothing is reachable but through a root field, so none can be
 * forgotten: a mutation that states no scope is refused when the schema is built.
 */
export function guardScopes(schema: GraphQLSchema): void {
  for (const [type, fallback] of [
    [schema.getQueryType(), 'read'],
    [schema.getSubscriptionType(), 'read'],
    [schema.getMutationType(), null],
  ] as const) {
    for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
      const scope = scopeOf(field.extensions['scope']) ?? fallback;
      if (scope === null) throw new Error(`The mutation ${name} states no scope`);
      guard(field, scope);
    }
  }
}

function guard(
  field: Pick<GraphQLFieldConfig<unknown, Context>, 'resolve' | 'subscribe'>,
  scope: ScopeName,
): void {
  const { resolve = defaultFieldResolver, subscribe } = field;
  field.resolve = (source, args, context, info) => {
    check(context, scope);
    return resolve(source, args, context, info);
  };
  if (subscribe === undefined) return;
  field.subscribe = (source, args, context, info) => {
    check(context, scope);
    return subscribe(source, args, context, info);
  };
}

function check({ caller }: Context, scope: ScopeName): void {
  if (hasScope(caller.scopes, scope)) return;
  throw new KinostatError('FORBIDDEN', `The token needs the scope ${scope}`);
}

const scopeOf = (value: unknown): ScopeName | null => SCOPE_NAMES.find((name) => name === value) ?? null;
