import { badInput } from '../errors.js';
import { fnv1a, hash53 } from '../hash.js';

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

/** Numbers that are tried for one title: many a site has a hundred videos that are all called the same. */
const MAX_NUMBER = 20;

/** What is tried for a title until one is free: `name`, `name-2`, `name-3`, ... and at last a hash of the video. */
export function* slugCandidates(title: string, videoKey: string): Generator<string> {
  const base = toSlug(title);
  yield base;
  for (let n = 2; n <= MAX_NUMBER; n += 1) yield ending(base, String(n));
  yield ending(base, hash53(videoKey).toString(36));
}

const ending = (base: string, end: string): string =>
  `${base.slice(0, MAX_SLUG_CHARS - end.length - 1).replace(/-$/, '')}-${end}`;

/** Throws BAD_USER_INPUT for what is no slug. */
export function parseSlug(slug: string): string {
  if (slug.length > MAX_SLUG_CHARS || !SLUG.test(slug)) {
    throw badInput(`A slug is up to ${MAX_SLUG_CHARS} of a-z and 0-9, words joined by single hyphens`);
  }
  return slug;
}
