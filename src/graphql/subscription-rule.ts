import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type DirectiveNode,
  type SelectionNode,
  type ValidationContext,
} from 'graphql';

/**
 * A subscription whose only root field is skipped has nothing to subscribe to. The specification forbids `@skip` and
 * `@include` there (September 2025, 5.2.4.1 Single Root Field); graphql 16 does not check it yet.
 */
export const subscriptionRule = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition({ operation, selectionSet }) {
    if (operation !== OperationTypeNode.SUBSCRIPTION) return;
    const seen = new Set<string>();
    const check = (selection: SelectionNode): void => {
      const directive = selection.directives?.find(isConditional);
      if (directive !== undefined) {
        const message = `@${directive.name.value} may not be used on the root field of a subscription`;
        context.reportError(
          new GraphQLError(message, { nodes: directive, extensions: { code: 'BAD_USER_INPUT' } }),
        );
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) selection.selectionSet.selections.forEach(check);
      if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) return;
      seen.add(selection.name.value);
      context.getFragment(selection.name.value)?.selectionSet.selections.forEach(check);
    };
    selectionSet.selections.forEach(check);
    return false;
  },
});

const isConditional = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include';
