import { badInput } from './errors.js';

/** What PostgreSQL cannot store as text: NUL, and halves of characters. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether a string is text that every database takes. */
export const isText = (value: string): boolean => !UNSTORABLE.test(value);

/** Longest part of a title that is looked for: databases refuse patterns of some ten thousand characters. */
const MAX_PART_CHARS = 200;

/** What a title is to hold. Throws BAD_USER_INPUT. */
export function parseTitlePart(value: string): string {
  if (value.length > MAX_PART_CHARS) throw badInput(`text has at most ${MAX_PART_CHARS} characters`);
  if (!isText(value)) throw badInput('text holds characters that are not text');
  return value;
}
