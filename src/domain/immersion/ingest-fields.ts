import type { Optional } from '../optional.js';
import { SubtitleMode } from './enums.js';
import type { RejectionCode } from './ingest-items.js';

/** Longest text of each kind, UTF-16 units. */
const MAX_TITLE_CHARS = 1_024;
export const MAX_TEXT_CHARS = 4_096;
export const MAX_WORD_CHARS = 128;

/** Why one item is not taken; it never leaves the request it belongs to. */
export class Refusal extends Error {
  constructor(
    readonly code: RejectionCode,
    message: string,
  ) {
    super(message);
  }
}

/** Throws a refusal for what is nested so deep that the engine cannot write it. */
export function toJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  try {
    return JSON.stringify(value);
  } catch {
    throw new Refusal('TOO_LONG', 'the JSON value is nested too deep');
  }
}

export const notACount = (name: string): Refusal =>
  new Refusal('INVALID_VALUE', `${name} must be an integer of at least 0`);

export function count(value: Optional<number>, name: string): number | null {
  if (value === null || value === undefined) return null;
  if (!Number.isSafeInteger(value) || value < 0) throw notACount(name);
  return value;
}

export function subtitleMode(value: Optional<number>): SubtitleMode | null {
  if (value === null || value === undefined) return null;
  const known = Object.values(SubtitleMode).find((mode) => mode === value);
  if (known === undefined) throw new Refusal('INVALID_VALUE', 'subtitleMode must be a known one');
  return known;
}

/** A change may be negative: a card taken back. */
export function delta(value: Optional<number>, name: string): number {
  if (value === null || value === undefined) return 0;
  if (!Number.isSafeInteger(value)) throw new Refusal('INVALID_VALUE', `${name} must be an integer`);
  return value;
}

export function text(value: Optional<string>, name: string, maxChars: number): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (value.length > maxChars) throw new Refusal('TOO_LONG', `${name} has at most ${maxChars} characters`);
  return value;
}

export function required(value: string, name: string): string {
  const found = text(value, name, MAX_TITLE_CHARS);
  if (found === null || found.trim() === '') throw new Refusal('INVALID_VALUE', `${name} must not be empty`);
  return found;
}
