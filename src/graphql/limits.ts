import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../domain/page.js';

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

/** Lists whose length follows a range of time or an input: a variable cannot be looked into, so each is taken for this many. */
const SERIES = [
  'trends',
  'activityCalendar',
  'activityPattern',
  'dailyRollups',
  'monthlyRollups',
  'topVideos',
  'sessionLengthHistogram',
  'readingPace',
  'weeklyCohorts',
  'lookupHeavyVideos',
  'cachedResults',
  'videosToExtract',
  'transcripts',
];
const SERIES_ITEMS = 200;
/** Points of a timeline come in one statement and are cheap: so many count as one item of a page. */
const POINTS_PER_ITEM = 10;
const DEFAULT_POINTS = 300;
/** Lists of points that say no number: what they hold is read whole and cheap to tell. */
const POINTS_OF_ITSELF = ['timeline', 'segments'];
const MAX_POINTS = 5_000;

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
    if (field.alias !== undefined) this.#aliases += 1;
    // Introspection is bounded by the schema and by its own standard rule; it is only counted as a field.
    const isIntrospection = field.name.value.startsWith('__');
    if (!isIntrospection) this.#depth = Math.max(this.#depth, depth);
    if (depth === 1) this.#rootFields += 1;
    this.#complexity += factor;
    if (field.selectionSet === undefined || isIntrospection) return;
    this.measure(field.selectionSet, depth + 1, factor * this.#itemsOf(field, field.selectionSet));
  }

  /** What a list is taken for: its size as written, the largest possible where it is a variable. */
  #itemsOf(field: FieldNode, selections: SelectionSetNode): number {
    const page = sizeOf(field, ['first', 'last'], MAX_PAGE_SIZE);
    if (page !== null) return page;
    const points =
      sizeOf(field, ['maxPoints'], MAX_POINTS) ??
      (POINTS_OF_ITSELF.includes(field.name.value) ? DEFAULT_POINTS : null);
    if (points !== null) return Math.max(1, Math.ceil(points / POINTS_PER_ITEM));
    if (SERIES.includes(field.name.value)) return SERIES_ITEMS;
    return this.#hasEdges(selections, new Set()) ? DEFAULT_PAGE_SIZE : 1;
  }

  /** Whether a selection has `edges`, itself or through its fragments. */
  #hasEdges(selections: SelectionSetNode, seen: Set<string>): boolean {
    return selections.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === 'edges';
      if (selection.kind === Kind.INLINE_FRAGMENT) return this.#hasEdges(selection.selectionSet, seen);
      const fragment = this.fragments.get(selection.name.value);
      if (fragment === undefined || seen.has(selection.name.value)) return false;
      seen.add(selection.name.value);
      return this.#hasEdges(fragment.selectionSet, seen);
    });
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

/** The size an argument asks for; `largest` when it is a variable, null when it is absent. */
function sizeOf(field: FieldNode, names: readonly string[], largest: number): number | null {
  const value = field.arguments?.find(({ name }) => names.includes(name.value))?.value;
  if (value === undefined) return null;
  return value.kind === Kind.INT ? Math.max(1, Number(value.value)) : largest;
}
