import type { Plugin } from 'graphql-yoga';
import {
  getOperationAST,
  GraphQLScalarType,
  GraphQLSchema,
  isInputType,
  Kind,
  OperationTypeNode,
  typeFromAST,
  valueFromAST,
  type DocumentNode,
  type ExecutionArgs,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { CompiledInputs, type Coerce } from './compiled-inputs.js';

/** A type whose values are taken as they are. Only documents that were rewritten here name it. */
const COERCED = new GraphQLScalarType({ name: 'Coerced' });
const COERCED_NODE = {
  kind: Kind.NAMED_TYPE,
  name: { kind: Kind.NAME, value: COERCED.name },
} as const;

/** What Yoga hands to the hook, with the types that its own declaration leaves open. */
interface Executing {
  readonly args: ExecutionArgs;
  readonly executeFn: Execute;
  readonly setExecuteFn: (execute: Execute) => void;
}
type Execute = (args: ExecutionArgs) => unknown;

interface Variable {
  readonly name: string;
  readonly coerce: Coerce;
  readonly isRequired: boolean;
  /** Undefined when there is none. */
  readonly defaultValue: unknown;
}

interface CompiledMutation {
  readonly variables: readonly Variable[];
  /** The document with variables of the type that is taken as it is. */
  readonly document: DocumentNode;
}

/**
 * Coerces the variables of mutations with compiled functions before execution, and tells the executor that it is done.
 * Variables that are not right are left as they came: the executor then makes the error. Only mutations have large
 * inputs, and they cannot ask for the schema, so nobody meets the extra type.
 */
export function compiledVariables(schema: GraphQLSchema): Plugin {
  const config = schema.toConfig();
  const executable = new GraphQLSchema({ ...config, types: [...config.types, COERCED], assumeValid: true });
  const inputs = new CompiledInputs();
  // Documents are kept by Yoga's own cache; what is compiled goes with them.
  const compiled = new WeakMap<OperationDefinitionNode, CompiledMutation | null>();
  return {
    onExecute({ args: { document, operationName, variableValues }, executeFn, setExecuteFn }: Executing) {
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== OperationTypeNode.MUTATION) return;
      let mutation = compiled.get(operation);
      if (mutation === undefined) {
        mutation = compile(schema, document, operation, inputs);
        compiled.set(operation, mutation);
      }
      if (mutation === null) return;
      const values = coerceAll(mutation.variables, variableValues ?? {});
      if (values === null) return;
      const { document: rewritten } = mutation;
      setExecuteFn((given) =>
        executeFn({ ...given, schema: executable, document: rewritten, variableValues: values }),
      );
    },
  };
}

/** Null for a mutation without variables, or one that the specification's own way should look at. */
function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  inputs: CompiledInputs,
): CompiledMutation | null {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return null;
  const variables = definitions.map((definition) => variableOf(schema, definition, inputs));
  if (variables.some((variable) => variable === null)) return null;
  const rewritten: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: definitions.map(({ kind, variable }) => ({ kind, variable, type: COERCED_NODE })),
  };
  return {
    variables: variables.filter((variable) => variable !== null),
    document: {
      ...document,
      definitions: document.definitions.map((node) => (node === operation ? rewritten : node)),
    },
  };
}

function variableOf(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
  inputs: CompiledInputs,
): Variable | null {
  const type = typeFromAST(schema, typeNode);
  if (!isInputType(type)) return null;
  return {
    name: variable.name.value,
    coerce: inputs.coercerOf(type),
    isRequired: typeNode.kind === Kind.NON_NULL_TYPE,
    defaultValue: defaultValue === undefined ? undefined : valueFromAST(defaultValue, type),
  };
}

/** Null when one of them is not right. */
function coerceAll(
  variables: readonly Variable[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const values: Record<string, unknown> = {};
  try {
    for (const { name, coerce, isRequired, defaultValue } of variables) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value !== undefined) values[name] = coerce(value);
      else if (defaultValue !== undefined) values[name] = defaultValue;
      else if (isRequired) return null;
    }
    return values;
  } catch {
    return null;
  }
}
