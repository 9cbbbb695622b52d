import { badInput } from '../errors.js';
import { fnv1a } from '../hash.js';

export const MAX_SLUG_CHARS = 100;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * A name as a link shows it: letters without marks, digits and single hyphens. A title of another script has none of
 * these and becomes a short hash of itself.
 */
export function toSlug(title: string): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  const slug = (words ?? []).join('-').slice(0, MAX_SLUG_CHARS).replace(/-$/, '');
  return slug === '' ? `v-${fnv1a(title).toString(36)}` : slug;
}

/** `base`, then `base-2`, `base-3`, ...: what is tried until one is free. */
export const slugCandidate = (base: string, n: number): string => {
  if (n === 1) return base;
  const ending = `-${n}`;
  return base.slice(0, MAX_SLUG_CHARS - ending.length).replace(/-$/, '') + ending;
};

/** Throws BAD_USER_INPUT for what is no slug. */
export function parseSlug(slug: string): string {
  if (slug.length > MAX_SLUG_CHARS || !SLUG.test(slug)) {
    throw badInput(`A slug is up to ${MAX_SLUG_CHARS} of a-z and 0-9, words joined by single hyphens`);
  }
  return slug;
}
