import {
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  type GraphQLField,
  type GraphQLResolveInfo,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCOPE_NAMES, Scope, type ScopeName } from '../../src/domain/access.js';
import { KinostatError } from '../../src/domain/errors.js';
import type { Context } from '../../src/graphql/context.js';
import { createSchema } from '../../src/graphql/schema.js';
import { guardScopes, needs } from '../../src/graphql/shared/scope.js';

type RootField = GraphQLField<unknown, Context>;
const schema = createSchema();
const fieldsOf = (type: GraphQLObjectType | null | undefined): RootField[] =>
  Object.values(type?.getFields() ?? {}) as RootField[];
const queries = fieldsOf(schema.getQueryType());
const mutations = fieldsOf(schema.getMutationType());
const subscriptions = fieldsOf(schema.getSubscriptionType());

/** Nothing behind the check is there: whoever passes it meets a TypeError, never a FORBIDDEN. */
const contextOf = (scopes: number): Context => ({ caller: { tokenId: 1, scopes } }) as unknown as Context;

async function codeOf(work: (() => unknown) | undefined): Promise<string> {
  if (work === undefined) return 'no function';
  try {
    await work();
  } catch (error) {
    return error instanceof KinostatError ? `${error.code} ${error.message}` : 'passed';
  }
  return 'passed';
}

const resolveAs = (field: RootField, scopes: number): Promise<string> =>
  codeOf(field.resolve && (() => field.resolve?.({}, {}, contextOf(scopes), {} as GraphQLResolveInfo)));
const subscribeAs = (field: RootField, scopes: number): Promise<string> =>
  codeOf(field.subscribe && (() => field.subscribe?.({}, {}, contextOf(scopes), {} as GraphQLResolveInfo)));
const forbidden = (scope: ScopeName): string => `FORBIDDEN The token needs the scope ${scope}`;

describe('every query', () => {
  it.each(queries)('$name refuses a caller without scopes', async (field) => {
    const needed = field.name === 'deadLetters' ? 'admin' : 'read';
    expect(await resolveAs(field, 0)).toBe(forbidden(needed));
    expect(await resolveAs(field, Scope.ingest)).toBe(forbidden(needed));
    expect(await resolveAs(field, Scope[needed])).toBe('passed');
    expect(await resolveAs(field, Scope.admin)).toBe('passed');
  });

  it('is on the list', () => {
    expect(queries.length).toBeGreaterThanOrEqual(15);
  });
});

describe('every subscription', () => {
  it.each(subscriptions)(
    '$name refuses a caller without scopes, before anything is opened',
    async (field) => {
      expect(await subscribeAs(field, 0)).toBe(forbidden('read'));
      expect(await subscribeAs(field, Scope.ingest)).toBe(forbidden('read'));
      expect(await resolveAs(field, Scope.ingest)).toBe(forbidden('read'));
      expect(await subscribeAs(field, Scope.admin)).not.toContain('FORBIDDEN');
    },
  );

  it('is on the list', () => {
    expect(subscriptions.map(({ name }) => name).toSorted()).toEqual([
      'agentActivity',
      'jobProgress',
      'replaySession',
      'serverStatus',
      'sessionProgress',
      'transcodingProgress',
    ]);
  });
});

describe('every mutation', () => {
  const INGEST = [
    'abortExtractionJob',
    'claimTranscodingJob',
    'completeExtractionJob',
    'completeTranscodingJob',
    'completeTranscription',
    'createExtractionJob',
    'endPlayback',
    'deleteTranscript',
    'endProcess',
    'endSession',
    'failExtractionJob',
    'failTranscodingJob',
    'failTranscription',
    'ingest',
    'playbackHeartbeat',
    'putTranscript',
    'putTranscripts',
    'recordEvents',
    'recordExtractionResults',
    'recordExtractions',
    'recordProcessState',
    'recordTelemetry',
    'reportTranscodingProgress',
    'startExtractionJob',
    'startPlayback',
    'startProcess',
    'startSession',
    'startTranscription',
    'upsertVideo',
  ];
  /** Writes nothing: it moves a replay that the caller opened with the same scope. */
  const READ = ['controlReplay'];
  const scopeOf = (name: string): ScopeName => {
    if (READ.includes(name)) return 'read';
    return INGEST.includes(name) ? 'ingest' : 'admin';
  };

  it.each(mutations)('$name states its scope and refuses whoever lacks it', async (field) => {
    const scope = SCOPE_NAMES.find((name) => name === field.extensions['scope']);
    expect(scope).toBe(scopeOf(field.name));
    const others = {
      read: [0, Scope.ingest],
      ingest: [0, Scope.read],
      admin: [0, Scope.read, Scope.read | Scope.ingest],
    }[scope!];
    for (const scopes of others) expect(await resolveAs(field, scopes)).toBe(forbidden(scope!));
    expect(await resolveAs(field, Scope[scope!])).toBe('passed');
  });

  it('of ingest is there', () => {
    expect(mutations.map(({ name }) => name)).toEqual(expect.arrayContaining(INGEST));
  });
});

describe('a schema in which a mutation states no scope', () => {
  const withMutation = (extensions: Record<string, unknown>): GraphQLSchema =>
    new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } }),
      mutation: new GraphQLObjectType({
        name: 'Mutation',
        fields: { drop: { type: GraphQLString, extensions } },
      }),
    });

  it.each([{}, { scope: 'root' }, { scope: null }])('cannot be built: %j', (extensions) => {
    expect(() => guardScopes(withMutation(extensions))).toThrow('The mutation drop states no scope');
  });

  it('can be built once it states one', () => {
    expect(() => guardScopes(withMutation(needs('ingest').extensions))).not.toThrow();
  });
});
