import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/**
 * Whether a field is asked of what the resolver answers, also in fragments; `path` has the names of the fields that lead
 * to it, and its own last. One that is skipped by a directive counts: this is for work that is done once for all items of
 * a list and not again by each.
 */
export function isSelected(path: readonly string[], { fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const has = (selectionSet: SelectionSetNode | undefined, depth: number): boolean =>
    selectionSet?.selections.some((selection) => {
      switch (selection.kind) {
        case Kind.FIELD:
          if (selection.name.value !== path[depth]) return false;
          return depth === path.length - 1 || has(selection.selectionSet, depth + 1);
        case Kind.INLINE_FRAGMENT:
          return has(selection.selectionSet, depth);
        case Kind.FRAGMENT_SPREAD:
          // Validation refuses those that lead back to themselves.
          return has(fragments[selection.name.value]?.selectionSet, depth);
        default:
          return selection satisfies never;
      }
    }) ?? false;
  return fieldNodes.some(({ selectionSet }) => has(selectionSet, 0));
}
