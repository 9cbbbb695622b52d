import { badInput, invalidCursor } from './errors.js';
import { fnv1a } from './hash.js';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 200;

/** What a client may ask of any list. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The values of the sort columns of one row, in sort order; the last is unique. */
export type PageKey = readonly (string | number)[];

/** A keyset page to read: rows after `start` in the reading direction. Never an offset. */
export interface PageRequest {
  readonly direction: 'forward' | 'backward';
  readonly size: number;
  readonly start: PageKey | null;
}

/** Rows in list order (also when read backward). */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

/**
 * Parses paging arguments. `scope` names the list with its sort and filter; a cursor made for another scope is
 * refused, because its key would point nowhere. Throws BAD_USER_INPUT or INVALID_CURSOR.
 */
export function parsePage(args: PageArgs, scope: string, keyLength: number): PageRequest {
  const isBackward = args.last != null || args.before != null;
  if (isBackward && (args.first != null || args.after != null)) {
    throw badInput('Use first/after or last/before, not both');
  }
  const size = (isBackward ? args.last : args.first) ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw badInput(`A page has 1 to ${MAX_PAGE_SIZE} items`);
  }
  const cursor = isBackward ? args.before : args.after;
  return {
    direction: isBackward ? 'backward' : 'forward',
    size,
    start: cursor == null ? null : decodeCursor(cursor, scope, keyLength),
  };
}

/** Opaque to clients: base64url of the list's fingerprint and the row's key. */
export function encodeCursor(scope: string, key: PageKey): string {
  const bytes = new TextEncoder().encode(JSON.stringify([fnv1a(scope), ...key]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

export function decodeCursor(cursor: string, scope: string, keyLength: number): PageKey {
  let parsed: unknown;
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidCursor('The cursor cannot be read');
  }
  if (!Array.isArray(parsed)) throw invalidCursor('The cursor cannot be read');
  const [print, ...key] = parsed as readonly unknown[];
  if (print !== fnv1a(scope)) throw invalidCursor('The cursor belongs to another list, sort or filter');
  if (key.length !== keyLength || !key.every(isKeyPart)) throw invalidCursor('The cursor cannot be read');
  return key;
}

/** Cuts the one extra row that tells whether there is more, and restores list order. */
export function toPage<Row>(rows: readonly Row[], request: PageRequest): Page<Row> {
  const hasMore = rows.length > request.size;
  const kept = hasMore ? rows.slice(0, request.size) : [...rows];
  return { rows: request.direction === 'backward' ? kept.toReversed() : kept, hasMore };
}

const isKeyPart = (part: unknown): part is string | number =>
  typeof part === 'string' || (typeof part === 'number' && Number.isSafeInteger(part));
