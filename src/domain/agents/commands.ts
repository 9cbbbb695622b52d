import type { ProcessState } from './enums.js';
import type { ExtractionFields, StateChangeFields } from './types.js';

/** Creates the process session once; the earliest start wins, and what is still unknown is filled. */
export interface StartProcessCommand {
  readonly kind: 'startProcess';
  readonly processUuid: string;
  readonly agent: string;
  readonly startedAtMs: number;
  readonly environment: string | null;
  readonly stdoutLogPath: string | null;
  readonly stderrLogPath: string | null;
  readonly extractionConfigVersion: string | null;
  readonly environmentConfigVersion: string | null;
  readonly receivedAtMs: number;
}

/** Refused by storage with ILLEGAL_TRANSITION when it does not fit the changes that are known, by their instants. */
export interface RecordProcessStateCommand {
  readonly kind: 'recordProcessState';
  readonly processUuid: string;
  readonly change: StateChangeFields;
  /** So far; 0 when it is not told. The highest that was told counts. */
  readonly linesCount: number;
  readonly feedbackCount: number;
  readonly receivedAtMs: number;
}

export interface RecordExtractionCommand {
  readonly kind: 'recordExtraction';
  readonly processUuid: string;
  readonly extraction: ExtractionFields;
}

/** The final state change, with the counters of the whole run. */
export interface EndProcessCommand {
  readonly kind: 'endProcess';
  readonly processUuid: string;
  readonly change: StateChangeFields & {
    readonly state: typeof ProcessState.COMPLETED | typeof ProcessState.FAILED;
  };
  readonly linesCount: number;
  readonly feedbackCount: number;
  readonly receivedAtMs: number;
}

export type AgentCommand =
  StartProcessCommand | RecordProcessStateCommand | RecordExtractionCommand | EndProcessCommand;
export type StateCommand = RecordProcessStateCommand | EndProcessCommand;
