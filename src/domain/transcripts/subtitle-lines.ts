import { HOUR_MS, MINUTE_MS } from '../time.js';

const SECOND_MS = 1_000;

/** Lines of a subtitle file, whatever ends them, without the mark of its encoding. */
export const linesOf = (file: string): readonly string[] => file.replace(/^\uFEFF/, '').split(/\r\n|[\n\r]/);

/** `01:02:03,004`; hours grow past two digits, and are left out in some files. */
const INSTANT = String.raw`(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})`;
const TIMING = new RegExp(String.raw`^\s*${INSTANT}\s*-->\s*${INSTANT}(?:\s.*)?$`);

export interface Timing {
  readonly startMs: number;
  readonly endMs: number;
}

/** The line of a cue that says when; null for any other. What stands behind it, position and size, is not kept. */
export function parseTiming(line: string): Timing | null {
  const found = TIMING.exec(line);
  return found === null
    ? null
    : { startMs: instantOf(found.slice(1, 5)), endMs: instantOf(found.slice(5, 9)) };
}

function instantOf([hours = '0', minutes = '0', seconds = '0', fraction = '0']: readonly (
  string | undefined
)[]): number {
  return (
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * SECOND_MS +
    Number(fraction.padEnd(3, '0'))
  );
}

/** `01:02:03,004` with the given sign before the milliseconds. */
export function formatInstant(ms: number, sign: ',' | '.'): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = [ms / HOUR_MS, (ms % HOUR_MS) / MINUTE_MS, (ms % MINUTE_MS) / SECOND_MS].map(two).join(':');
  return `${clock}${sign}${String(ms % SECOND_MS).padStart(3, '0')}`;
}
