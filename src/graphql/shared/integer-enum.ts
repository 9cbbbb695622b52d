import { badInput } from '../../domain/errors.js';

/** Stands for an integer that a newer version or an imported database wrote. */
const UNKNOWN = -1;

/** The words of an integer enum, with UNKNOWN beside them. */
export function values(codes: Readonly<Record<string, number>>): Record<string, { value: number }> {
  return Object.fromEntries([
    ...Object.entries(codes).map(([name, value]) => [name, { value }] as const),
    ['UNKNOWN', { value: UNKNOWN }] as const,
  ]);
}

/** The code itself when this version knows it, else UNKNOWN. */
export const known = (codes: Readonly<Record<string, number>>, code: number): number =>
  Object.values(codes).includes(code) ? code : UNKNOWN;

/** A code that a client may ask for. Throws BAD_USER_INPUT for UNKNOWN: it stands for codes that nobody can name. */
export function askable<Code extends number>(codes: Readonly<Record<string, Code>>, code: number): Code {
  const found = Object.values(codes).find((one) => one === code);
  if (found === undefined) throw badInput('UNKNOWN cannot be asked for');
  return found;
}
