import type { SearchHit } from '../search/types.js';
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

/** A stretch of code in the output of a process. */
export interface CodeBlockFields {
  readonly language: string | null;
  readonly content: string;
  /** Null when nobody tried. */
  readonly isParseable: boolean | null;
}

/** Code that was found, stored once however often and in how many sessions. */
export interface CodeBlock extends CodeBlockFields {
  readonly codeBlockId: number;
  /** SHA-256 of the content as UTF-8, 64 hex digits. */
  readonly digest: string;
  readonly linesCount: number;
  readonly firstSeenMs: number;
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
  /** The last line of what spans several. */
  readonly lineEnd: number | null;
  readonly matchedValue: string | null;
  readonly originalLine: string | null;
  readonly metadataJson: string | null;
  readonly codeBlock: CodeBlockFields | null;
}

/** What a pattern found in the output of a process. */
export interface Extraction extends Omit<ExtractionFields, 'riskLevel' | 'codeBlock'> {
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
  /** This risk or a higher one. */
  readonly minRiskLevel: RiskLevel | null;
  /** Of the code that the event found. */
  readonly language: string | null;
  readonly codeBlockId: number | null;
  readonly fromMs: number | null;
  /** Not part of the range. */
  readonly toMs: number | null;
}

/** Null does not narrow. */
export interface CodeBlockFilter {
  /** Found in the output of this agent, or in this session. */
  readonly agent: string | null;
  readonly sessionUuid: string | null;
  readonly language: string | null;
  readonly isParseable: boolean | null;
}

/** An extraction event whose value or line matches a search. */
export interface ExtractionHit extends Pick<SearchHit, 'documentId' | 'rank'> {
  readonly extraction: Extraction;
}
