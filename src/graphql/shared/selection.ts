import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/**
 * Whether a field of that name is asked of what the resolver answers, also in fragments. One that is skipped by a
 * directive counts: this is for work that is done once for all items of a list and not again by each.
 */
export function isSelected(name: string, { fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const has = (selectionSet: SelectionSetNode | undefined): boolean =>
    selectionSet?.selections.some((selection) => {
      switch (selection.kind) {
        case Kind.FIELD:
          return selection.name.value === name;
        case Kind.INLINE_FRAGMENT:
          return has(selection.selectionSet);
        case Kind.FRAGMENT_SPREAD:
          // Validation refuses those that lead back to themselves.
          return has(fragments[selection.name.value]?.selectionSet);
        default:
          return selection satisfies never;
      }
    }) ?? false;
  return fieldNodes.some(({ selectionSet }) => has(selectionSet));
}
