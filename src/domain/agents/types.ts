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
