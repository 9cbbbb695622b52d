import { conflict, notFound } from '../../domain/errors.js';
import { parseDescription, parseName } from '../../domain/library/fields.js';
import { parseSlug, toSlug } from '../../domain/library/slug.js';
import type { Category as CategoryModel } from '../../domain/library/types.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { showable } from '../shared/scalars.js';
import { needs } from '../shared/scope.js';

export const Category = builder.objectRef<CategoryModel>('Category').implement({
  description: 'A shelf of the library.',
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAtMs }) => showable(createdAtMs) }),
  }),
});

/** Throws NOT_FOUND. */
export async function categoryOf(slug: string, { services }: Context): Promise<CategoryModel> {
  const category = await services.store.library.getCategory(slug);
  if (category === null) throw notFound('There is no category with this slug');
  return category;
}

builder.queryFields((t) => ({
  category: t.field({
    type: Category,
    nullable: true,
    args: { slug: t.arg.string({ required: true }) },
    resolve: (_root, { slug }, { services }) => services.store.library.getCategory(slug),
  }),
  categories: t.field({
    type: [Category],
    description: 'All of them, by name.',
    resolve: async (_root, _args, { services }) => [...(await services.store.library.listCategories())],
  }),
}));

builder.mutationFields((t) => ({
  createCategory: t.field({
    ...needs('admin'),
    type: Category,
    description: 'CONFLICT when the slug is taken, or the library has as many categories as it can.',
    args: {
      name: t.arg.string({ required: true }),
      slug: t.arg.string({ description: 'Made of the name when absent.' }),
      description: t.arg.string(),
    },
    async resolve(_root, args, context) {
      const { store, clock } = context.services;
      const name = parseName(args.name);
      const slug = args.slug == null ? toSlug(name) : parseSlug(args.slug);
      const category = {
        slug,
        name,
        description: parseDescription(args.description ?? ''),
        createdAtMs: clock.now(),
      };
      if (!(await store.library.createCategory(category))) {
        throw conflict('The slug is taken, or there are too many categories');
      }
      return categoryOf(slug, context);
    },
  }),
  editCategory: t.field({
    ...needs('admin'),
    type: Category,
    description: 'Fields that are absent stay as they are; the slug always does.',
    args: { slug: t.arg.string({ required: true }), name: t.arg.string(), description: t.arg.string() },
    async resolve(_root, { slug, name, description }, context) {
      const isThere = await context.services.store.library.editCategory(slug, {
        name: name == null ? undefined : parseName(name),
        description: description == null ? undefined : parseDescription(description),
      });
      if (!isThere) throw notFound('There is no category with this slug');
      return categoryOf(slug, context);
    },
  }),
  deleteCategory: t.boolean({
    ...needs('admin'),
    description: 'Its entries stay, without a category. False when there was none.',
    args: { slug: t.arg.string({ required: true }) },
    resolve: (_root, { slug }, { services }) => services.store.library.deleteCategory(slug),
  }),
}));
