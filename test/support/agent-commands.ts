import type {
  EndProcessCommand,
  RecordExtractionCommand,
  RecordProcessStateCommand,
  StartProcessCommand,
} from '../../src/domain/agents/commands.js';
import { ProcessState, RiskLevel } from '../../src/domain/agents/enums.js';
import type { ExtractionFields, ExtractionFilter } from '../../src/domain/agents/types.js';
import { T0, uuid } from './commands.js';

export const startProcess = (
  n: number,
  agent = 'codex',
  startedAtMs = T0,
  fields: Partial<StartProcessCommand> = {},
): StartProcessCommand => ({
  kind: 'startProcess',
  processUuid: uuid(n),
  agent,
  startedAtMs,
  environment: null,
  stdoutLogPath: null,
  stderrLogPath: null,
  extractionConfigVersion: null,
  environmentConfigVersion: null,
  receivedAtMs: T0,
  ...fields,
});

export const processState = (
  n: number,
  atMs: number,
  state: ProcessState = ProcessState.RUNNING,
  counters: Partial<Pick<RecordProcessStateCommand, 'linesCount' | 'feedbackCount'>> = {},
): RecordProcessStateCommand => ({
  kind: 'recordProcessState',
  processUuid: uuid(n),
  change: { atMs, state, exitCode: null, metadataJson: null },
  linesCount: 0,
  feedbackCount: 0,
  receivedAtMs: T0,
  ...counters,
});

export const extraction = (
  n: number,
  tsMs: number,
  fields: Partial<ExtractionFields> = {},
): RecordExtractionCommand => ({
  kind: 'recordExtraction',
  processUuid: uuid(n),
  extraction: {
    tsMs,
    clientSeq: 0,
    type: 'error',
    pattern: 'type_error',
    riskLevel: RiskLevel.NONE,
    isAutoConfirmable: false,
    lineNumber: null,
    lineEnd: null,
    matchedValue: 'TypeError: undefined',
    originalLine: 'app.js:1 TypeError: undefined',
    metadataJson: null,
    codeBlock: null,
    ...fields,
  },
});

/** Narrows nothing. */
export const ANY_EXTRACTION: ExtractionFilter = {
  agent: null,
  sessionUuid: null,
  type: null,
  pattern: null,
  riskLevel: null,
  minRiskLevel: null,
  language: null,
  codeBlockId: null,
  fromMs: null,
  toMs: null,
};

export const endProcess = (
  n: number,
  atMs: number,
  exitCode: number | null = 0,
  counters: Partial<Pick<EndProcessCommand, 'linesCount' | 'feedbackCount'>> = {},
): EndProcessCommand => ({
  kind: 'endProcess',
  processUuid: uuid(n),
  change: {
    atMs,
    state: exitCode === 0 ? ProcessState.COMPLETED : ProcessState.FAILED,
    exitCode,
    metadataJson: null,
  },
  linesCount: 0,
  feedbackCount: 0,
  receivedAtMs: T0,
  ...counters,
});
