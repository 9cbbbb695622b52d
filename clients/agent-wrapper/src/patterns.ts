import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** As the server's enum has them. */
const RISK_LEVELS = ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
const STREAMS = ['stdout', 'stderr', 'both'] as const;

export type RiskLevel = (typeof RISK_LEVELS)[number];
export type OutputStream = 'stdout' | 'stderr';

export interface Pattern {
  readonly name: string;
  readonly type: string;
  readonly regex: RegExp;
  readonly riskLevel: RiskLevel;
  readonly isAutoConfirmable: boolean;
  readonly stream: OutputStream | 'both';
}

export interface PatternFile {
  /** Sent with the session, so that later figures tell which patterns made them. */
  readonly version: string | null;
  readonly patterns: readonly Pattern[];
}

/** What a pattern found in a line; the input of `recordExtractions` but for time and number. */
export interface Match {
  readonly type: string;
  readonly pattern: string;
  readonly matchedValue: string;
  readonly originalLine: string;
  readonly lineNumber: number;
  readonly riskLevel: RiskLevel;
  readonly isAutoConfirmable: boolean;
}

/** A pattern file that cannot be used; the message names the place. */
export class PatternFileError extends Error {}

/** Reads and checks a pattern file. Throws PatternFileError. */
export function readPatternFile(path: string): PatternFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new PatternFileError(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
  return parsePatterns(content, path);
}

/** Throws PatternFileError. */
export function parsePatterns(content: unknown, path: string): PatternFile {
  const file = recordOf(content, path);
  const { version, patterns } = file;
  if (!Array.isArray(patterns)) throw new PatternFileError(`${path}: patterns has to be a list`);
  return {
    version: version === undefined ? null : textOf(version, `${path}: version`),
    patterns: patterns.map((entry: unknown, index) => parsePattern(entry, `${path}: patterns[${index}]`)),
  };
}

/** Everything the patterns find in one line. The first group is the value, or the whole match where there is none. */
export function matchLine(
  { patterns }: PatternFile,
  rawLine: string,
  lineNumber: number,
  from: OutputStream,
): readonly Match[] {
  const originalLine = stripVTControlCharacters(rawLine);
  return patterns.flatMap(({ name, type, regex, riskLevel, isAutoConfirmable, stream }) => {
    if (stream !== 'both' && stream !== from) return [];
    const found = regex.exec(originalLine);
    if (found === null) return [];
    const matchedValue = found[1] ?? found[0];
    return [{ type, pattern: name, matchedValue, originalLine, lineNumber, riskLevel, isAutoConfirmable }];
  });
}

function parsePattern(entry: unknown, place: string): Pattern {
  const {
    name,
    type,
    regex,
    flags = '',
    risk = 'NONE',
    autoConfirmable = false,
    stream = 'both',
  } = recordOf(entry, place);
  if (typeof autoConfirmable !== 'boolean')
    throw new PatternFileError(`${place}.autoConfirmable has to be true or false`);
  return {
    name: textOf(name, `${place}.name`),
    type: textOf(type, `${place}.type`),
    regex: regexOf(textOf(regex, `${place}.regex`), flags, place),
    riskLevel: oneOf(RISK_LEVELS, risk, `${place}.risk`),
    isAutoConfirmable: autoConfirmable,
    stream: oneOf(STREAMS, stream, `${place}.stream`),
  };
}

function regexOf(source: string, flags: unknown, place: string): RegExp {
  // With g or y a regular expression remembers where it stopped, and would miss every second line.
  if (typeof flags !== 'string' || /[gy]/.test(flags))
    throw new PatternFileError(`${place}.flags has to be a text without g and y`);
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new PatternFileError(
      `${place}.regex: ${error instanceof Error ? error.message : 'not a regular expression'}`,
    );
  }
}

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PatternFileError(`${place} has to be an object`);
  return { ...value };
}

function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') throw new PatternFileError(`${place} has to be a text`);
  return value;
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown, place: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new PatternFileError(`${place} has to be one of ${allowed.join(', ')}`);
  return found;
}
