import type { ProcessState, RiskLevel } from './enums.js';

/** One run of a process that a wrapper watches. */
export interface ProcessSession {
  readonly processSessionId: number;
  readonly sessionUuid: string;
  readonly agent: string;
  readonly environment: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** An integer of ProcessState, or one this version does not know. */
  readonly state: number;
  readonly exitCode: number | null;
  readonly stdoutLogPath: string | null;
  readonly stderrLogPath: string | null;
  readonly extractionConfigVersion: string | null;
  readonly environmentConfigVersion: string | null;
}

export interface StateChangeFields {
  readonly atMs: number;
  readonly state: ProcessState;
  readonly exitCode: number | null;
  readonly metadataJson: string | null;
}

export interface StateChange extends Omit<StateChangeFields, 'state'> {
  /** An integer of ProcessState, or one this version does not know. */
  readonly state: number;
}

export interface ExtractionFields {
  readonly tsMs: number;
  /** Tells two events of one instant apart, and a resend from a new event. */
  readonly clientSeq: number;
  readonly type: string;
  readonly pattern: string;
  readonly riskLevel: RiskLevel;
  readonly isAutoConfirmable: boolean;
  readonly lineNumber: number | null;
  readonly matchedValue: string | null;
  readonly originalLine: string | null;
  readonly metadataJson: string | null;
}

/** What a pattern found in the output of a process. */
export interface Extraction extends Omit<ExtractionFields, 'riskLevel'> {
  readonly extractionId: number;
  readonly processSessionId: number;
  readonly agent: string;
  /** An integer of RiskLevel, or one this version does not know. */
  readonly riskLevel: number;
  readonly codeBlockId: number | null;
  readonly codeLanguage: string | null;
}

/** What a session has counted, whether retention removed its extraction events or not. */
export interface ProcessTotals {
  /** The highest that the wrapper reported. */
  readonly linesCount: number;
  readonly feedbackCount: number;
  readonly extractionsCount: number;
  readonly lastExtractionMs: number | null;
  /** Retention removed extraction events of the session before this instant; null when it never did. */
  readonly extractionsPrunedBeforeMs: number | null;
}

/** Null does not narrow. */
export interface ProcessFilter {
  readonly agent: string | null;
  /** Whether the process has not ended. */
  readonly isActive: boolean | null;
  readonly startedFromMs: number | null;
  /** Not part of the range. */
  readonly startedToMs: number | null;
}

/** Null does not narrow. */
export interface ExtractionFilter {
  readonly agent: string | null;
  readonly sessionUuid: string | null;
  readonly type: string | null;
  readonly pattern: string | null;
  readonly riskLevel: RiskLevel | null;
  readonly fromMs: number | null;
  /** Not part of the range. */
  readonly toMs: number | null;
}
