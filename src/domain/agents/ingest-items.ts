import type { Optional } from '../optional.js';
import type { ProcessState, RiskLevel } from './enums.js';

export interface StartProcessItem {
  readonly sessionUuid: string;
  readonly agent: string;
  readonly startedAtMs?: Optional<number>;
  readonly environment?: Optional<string>;
  readonly stdoutLogPath?: Optional<string>;
  readonly stderrLogPath?: Optional<string>;
  readonly extractionConfigVersion?: Optional<string>;
  readonly environmentConfigVersion?: Optional<string>;
}

export interface ProcessStateItem {
  readonly sessionUuid: string;
  readonly state: ProcessState;
  readonly atMs?: Optional<number>;
  readonly exitCode?: Optional<number>;
  readonly linesCount?: Optional<number>;
  readonly feedbackCount?: Optional<number>;
  readonly metadata?: unknown;
}

export interface CodeBlockItem {
  readonly content: string;
  readonly language?: Optional<string>;
  readonly isParseable?: Optional<boolean>;
}

export interface ExtractionItem {
  readonly tsMs: number;
  readonly type: string;
  readonly pattern: string;
  readonly clientSeq?: Optional<number>;
  readonly riskLevel?: Optional<RiskLevel>;
  readonly isAutoConfirmable?: Optional<boolean>;
  readonly lineNumber?: Optional<number>;
  readonly lineEnd?: Optional<number>;
  readonly codeBlock?: Optional<CodeBlockItem>;
  readonly matchedValue?: Optional<string>;
  readonly originalLine?: Optional<string>;
  readonly metadata?: unknown;
}

export interface EndProcessItem {
  readonly sessionUuid: string;
  readonly endedAtMs?: Optional<number>;
  /** 0 is COMPLETED, anything else FAILED; null is COMPLETED too: nobody knows of a failure. */
  readonly exitCode?: Optional<number>;
  readonly linesCount?: Optional<number>;
  readonly feedbackCount?: Optional<number>;
  readonly metadata?: unknown;
}
