import { createYoga, type Plugin } from 'graphql-yoga';
import { GraphQLError, parse, type GraphQLSchema } from 'graphql';
import type { Caller } from '../domain/access.js';
import { compiledVariables } from './compiled-variables.js';
import type { Context, Services } from './context.js';
import { DOCUMENT_LIMITS, limitsRule } from './limits.js';
import { createLoaders } from './loaders.js';
import { codeOf, toClientError } from './mask-error.js';
import { subscriptionRule } from './subscription-rule.js';

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly isDevelopment: boolean;
}

/** What the HTTP layer knows of a request before GraphQL sees it. */
export interface ServerContext {
  readonly caller: Caller;
}

export type YogaServer = ReturnType<typeof createYogaServer>;

/** Yoga with everything off that a server with data should not offer. */
export function createYogaServer(options: YogaOptions) {
  const { services, corsOrigins } = options;
  return createYoga<ServerContext, Context>({
    schema: options.schema,
    context: ({ caller }): Context => ({
      services,
      caller,
      loaders: createLoaders(services.store, services.clock),
    }),
    graphqlEndpoint: '/graphql',
    cors: corsOrigins.length === 0 ? false : { origin: [...corsOrigins], methods: ['GET', 'POST'] },
    multipart: false,
    batching: false,
    landingPage: false,
    graphiql: options.isDevelopment,
    maxRequestBodySize: options.maxBodyBytes,
    logging: false,
    maskedErrors: { maskError: (error) => toClientError(error, services.events) },
    plugins: [jsonOnly(), documentLimits(), compiledVariables(options.schema), codedErrors(services)],
  });
}

/** A form can be posted by any page without asking; JSON cannot. */
function jsonOnly(): Plugin {
  return {
    onRequest(payload) {
      const { request, fetchAPI } = payload;
      if (request.method !== 'POST') return;
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type === 'application/json') return;
      const message = 'The body must be application/json';
      payload.endResponse(
        fetchAPI.Response.json(
          { errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] },
          { status: 415 },
        ),
      );
    },
  };
}

function documentLimits(): Plugin {
  const rule = limitsRule(DOCUMENT_LIMITS);
  return {
    onParse(parsing) {
      const bounded: typeof parse = (source, options) => {
        try {
          return parse(source, { ...options, maxTokens: DOCUMENT_LIMITS.maxTokens });
        } catch (error) {
          // The parser recurses: a document within the bound of tokens can still nest deeper than the stack.
          if (!(error instanceof RangeError)) throw error;
          throw new GraphQLError('The document is nested too deep', {
            extensions: { code: 'BAD_USER_INPUT' },
          });
        }
      };
      parsing.setParseFn(bounded);
    },
    onValidate(validation) {
      validation.addValidationRule(rule);
      validation.addValidationRule(subscriptionRule);
    },
  };
}

/** Errors that graphql itself made carry no code yet: all of them are the client's to mend. */
function codedErrors({ events }: Services): Plugin {
  const addCodes = (result: unknown): void => {
    if (!hasErrors(result)) return;
    result.errors = result.errors.map((error) =>
      error instanceof GraphQLError && codeOf(error) !== null ? error : toClientError(error, events),
    );
  };
  return {
    onExecutionResult: ({ result }) => addCodes(result),
    // What was wrong before anything was executed comes here only.
    onResultProcess: ({ result }) => addCodes(result),
  };
}

const hasErrors = (result: unknown): result is { errors: readonly unknown[] } =>
  typeof result === 'object' && result !== null && 'errors' in result && Array.isArray(result.errors);
