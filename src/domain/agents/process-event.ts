import { wordOf } from '../code-word.js';
import { parseStoredJson } from '../stored-json.js';
import { ProcessState, RiskLevel } from './enums.js';
import type { Extraction, StateChange } from './types.js';

/** What happened in a process session. */
export type ProcessEvent =
  | { readonly kind: 'STATE'; readonly atMs: number; readonly change: StateChange }
  | {
      readonly kind: 'EXTRACTION';
      readonly atMs: number;
      readonly extraction: Extraction;
      readonly code: FoundCode | null;
    };

/** Code that an event found. */
export interface FoundCode {
  /** SHA-256 of the content, 64 hex digits: `codeBlock` knows it by that. */
  readonly digest: string;
  /** Null where it is only named: a page of events with all of their code would be megabytes. */
  readonly content: string | null;
}

/** A word of the API; UNKNOWN is what a newer version wrote. */
export const stateName = (state: number): string => wordOf(ProcessState, state);
export const riskName = (riskLevel: number): string => wordOf(RiskLevel, riskLevel);

/** An event as the API names its fields; of code it has the digest. */
export function eventFields(event: ProcessEvent): Readonly<Record<string, unknown>> {
  if (event.kind === 'STATE') {
    const { atMs, state, exitCode, metadataJson } = event.change;
    return { atMs, state: stateName(state), exitCode, metadata: parseStoredJson(metadataJson) };
  }
  const { extraction: e, code } = event;
  return {
    tsMs: e.tsMs,
    clientSeq: e.clientSeq,
    type: e.type,
    pattern: e.pattern,
    riskLevel: riskName(e.riskLevel),
    isAutoConfirmable: e.isAutoConfirmable,
    lineNumber: e.lineNumber,
    lineEnd: e.lineEnd,
    matchedValue: e.matchedValue,
    originalLine: e.originalLine,
    codeLanguage: e.codeLanguage,
    codeDigest: code?.digest ?? null,
    metadata: parseStoredJson(e.metadataJson),
  };
}
