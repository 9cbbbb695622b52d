import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** What a document may cost. Generous for dashboards, far below what hurts. */
export interface DocumentLimits {
  readonly maxTokens: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxRootFields: number;
  /** Fields, each counted once per item of the lists it is in. */
  readonly maxComplexity: number;
}

export const DOCUMENT_LIMITS: DocumentLimits = {
  maxTokens: 5_000,
  maxDepth: 15,
  maxAliases: 60,
  maxRootFields: 30,
  maxComplexity: 60_000,
};

/** Items a list is taken for when the page size is a variable or absent. */
const DEFAULT_ITEMS = 20;

/**
 * A validation rule that measures a document before it is run. A page multiplies what is inside it by its size, so
 * nested pages are dear and flat ones are cheap.
 */
export const limitsRule =
  (limits: DocumentLimits) =>
  (context: ValidationContext): ASTVisitor => ({
    Document(document) {
      const fragments = new Map(
        document.definitions
          .filter((d): d is FragmentDefinitionNode => d.kind === Kind.FRAGMENT_DEFINITION)
          .map((d) => [d.name.value, d]),
      );
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
        const meter = new Meter(limits, fragments);
        meter.measure(definition.selectionSet, 1, 1);
        const problem = meter.problem();
        if (problem !== null) {
          context.reportError(
            new GraphQLError(problem, { nodes: definition, extensions: { code: 'QUERY_TOO_COMPLEX' } }),
          );
        }
      }
    },
  });

class Meter {
  #depth = 0;
  #aliases = 0;
  #rootFields = 0;
  #complexity = 0;
  #steps = 0;
  readonly #open = new Set<string>();

  constructor(
    private readonly limits: DocumentLimits,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  measure(selections: SelectionSetNode, depth: number, factor: number): void {
    // Fragments can spread fragments: their expansion is what runs, and it is cut off like everything else.
    this.#steps += 1;
    if (this.problem() !== null) return;
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) this.#field(selection, depth, factor);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.measure(selection.selectionSet, depth, factor);
      else this.#spread(selection.name.value, depth, factor);
    }
  }

  problem(): string | null {
    const { maxDepth, maxAliases, maxRootFields, maxComplexity, maxTokens } = this.limits;
    if (this.#depth > maxDepth) return `The query is deeper than ${maxDepth} levels`;
    if (this.#aliases > maxAliases) return `The query has more than ${maxAliases} aliases`;
    if (this.#rootFields > maxRootFields) return `The query has more than ${maxRootFields} root fields`;
    if (this.#complexity > maxComplexity)
      return `The query asks for more than ${maxComplexity} values: use smaller pages`;
    if (this.#steps > maxTokens) return 'The query spreads too many fragments';
    return null;
  }

  #field(field: FieldNode, depth: number, factor: number): void {
    // Introspection is bounded by the schema; its own depth is that of the standard query.
    if (field.name.value.startsWith('__')) return;
    this.#depth = Math.max(this.#depth, depth);
    if (field.alias !== undefined) this.#aliases += 1;
    if (depth === 1) this.#rootFields += 1;
    this.#complexity += factor;
    if (field.selectionSet !== undefined)
      this.measure(field.selectionSet, depth + 1, factor * itemsOf(field));
  }

  #spread(name: string, depth: number, factor: number): void {
    const fragment = this.fragments.get(name);
    // Cycles and unknown names are reported by the standard rules.
    if (fragment === undefined || this.#open.has(name)) return;
    this.#open.add(name);
    this.measure(fragment.selectionSet, depth, factor);
    this.#open.delete(name);
  }
}

/** Only a connection has `edges`; its page size multiplies what is inside. */
function itemsOf(field: FieldNode): number {
  const hasEdges = field.selectionSet?.selections.some(
    (s) => s.kind === Kind.FIELD && s.name.value === 'edges',
  );
  if (hasEdges !== true) return 1;
  const size = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
  if (size?.kind === Kind.INT) return Math.max(1, Number(size.value));
  return DEFAULT_ITEMS;
}
