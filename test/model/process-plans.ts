import fc from 'fast-check';
import type { AgentCommand, RecordExtractionCommand } from '../../src/domain/agents/commands.js';
import type { CodeBlockFields, StateChangeFields } from '../../src/domain/agents/types.js';
import { NOW } from './instants.js';
import { sessionUuid } from './sessions.js';

const MINUTE = 60_000;
const [RUNNING, PAUSED, COMPLETED, FAILED] = [1, 2, 3, 4] as const;

/** Few of each, so that they meet. */
export const AGENTS = ['claude', 'codex'] as const;
export const TYPES = ['code_block', 'error', 'prompt'] as const;
export const PATTERNS = ['fence', 'type_error', 'yes_no'] as const;
export const LANGUAGES = ['go', 'ts'] as const;
export const WORDS = ['heron', 'river', 'lamp', '今日は'] as const;
const CODES = ['package main\n', 'const a = 1;\nconst b = 2;\n', 'print()'];

/** What one wrapper reports of one run; from it follow its requests. */
export interface ProcessPlan {
  readonly agent: (typeof AGENTS)[number];
  /** Minutes from the instant the run is placed around. */
  readonly offsetMin: number;
  /** Moves everything by some ms, so that edges of slices are met exactly and missed narrowly. */
  readonly shiftMs: number;
  readonly starts: readonly StartPlan[];
  readonly states: readonly StatePlan[];
  readonly extractions: readonly ExtractionPlan[];
  readonly ends: readonly EndPlan[];
}

interface StartPlan {
  readonly laterMin: number;
  readonly environment: string | null;
  readonly configVersion: string | null;
}

interface StatePlan {
  readonly atMin: number;
  readonly state: 1 | 2;
  readonly lines: number;
  readonly feedback: number;
}

interface ExtractionPlan {
  readonly gapMs: number;
  readonly type: string;
  readonly pattern: string;
  readonly risk: 0 | 1 | 3 | 4;
  readonly value: string | null;
  readonly line: string | null;
  readonly lineNumber: number | null;
  readonly code: CodeBlockFields | null;
}

interface EndPlan {
  readonly laterMin: number;
  readonly exitCode: number | null;
  readonly lines: number;
}

const start: fc.Arbitrary<StartPlan> = fc.record({
  laterMin: fc.constantFrom(0, 0, 1, -20, 45),
  environment: fc.constantFrom(null, 'ci', 'laptop'),
  configVersion: fc.constantFrom(null, '7'),
});

const state: fc.Arbitrary<StatePlan> = fc.record({
  atMin: fc.constantFrom(0, 1, 5, 30, 300, -3),
  state: fc.constantFrom(RUNNING, PAUSED),
  lines: fc.constantFrom(0, 3, 40),
  feedback: fc.nat(2),
});

const text = fc.option(
  fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
);

const extraction: fc.Arbitrary<ExtractionPlan> = fc.record({
  gapMs: fc.constantFrom(0, 0, 1, 1_000, 899_999, 900_000, 5 * 60 * MINUTE, 26 * 60 * MINUTE),
  type: fc.constantFrom(...TYPES),
  pattern: fc.constantFrom(...PATTERNS),
  risk: fc.constantFrom(0, 1, 3, 4),
  value: text,
  line: text,
  lineNumber: fc.option(fc.nat(9)),
  code: fc.option(
    fc.record({
      content: fc.constantFrom(...CODES),
      language: fc.constantFrom(null, ...LANGUAGES),
      isParseable: fc.constantFrom(null, true, false),
    }),
  ),
});

const end: fc.Arbitrary<EndPlan> = fc.record({
  laterMin: fc.constantFrom(0, 1, 30, -10, -400),
  exitCode: fc.constantFrom(0, 0, 1, null),
  lines: fc.constantFrom(0, 20, 90),
});

/** Runs start once or twice; 0 is a run that nobody ever starts. */
export const processPlan: fc.Arbitrary<ProcessPlan> = fc.record({
  agent: fc.constantFrom(...AGENTS),
  offsetMin: fc.integer({ min: -150, max: 60 }),
  shiftMs: fc.constantFrom(0, 0, -1, 1, 450_000),
  starts: fc
    .constantFrom(0, 1, 1, 1, 2, 2)
    .chain((count) => fc.array(start, { minLength: count, maxLength: count })),
  states: fc.array(state, { maxLength: 3 }),
  extractions: fc.array(extraction, { maxLength: 8 }),
  ends: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(end, { minLength: 1, maxLength: 2 }) },
  ),
});

/** The commands of one run in the order in which things happened, each with its instant. */
export function processCommandsOf(
  plan: ProcessPlan,
  n: number,
  anchorMs: number,
): [atMs: number, AgentCommand][] {
  const beginMs = anchorMs + plan.offsetMin * MINUTE + plan.shiftMs;
  const own = { processUuid: sessionUuid(n), receivedAtMs: NOW };
  const starts = plan.starts.map((s): AgentCommand => ({
    ...{ kind: 'startProcess', ...own, agent: plan.agent, startedAtMs: beginMs + s.laterMin * MINUTE },
    ...{ environment: s.environment, stdoutLogPath: null, stderrLogPath: null },
    ...{ extractionConfigVersion: s.configVersion, environmentConfigVersion: null },
  }));
  const states = plan.states.map(({ atMin, state: to, lines, feedback }): AgentCommand => ({
    ...{ kind: 'recordProcessState', ...own, linesCount: lines, feedbackCount: feedback },
    change: changeOf(beginMs + atMin * MINUTE, to),
  }));
  const extractions = extractionsOf(plan, own.processUuid, beginMs);
  const lastMs = Math.max(beginMs, ...extractions.map(({ extraction: { tsMs } }) => tsMs));
  const ends = plan.ends.map(({ laterMin, exitCode, lines }): AgentCommand => ({
    ...{ kind: 'endProcess', ...own, linesCount: lines, feedbackCount: 0 },
    change: {
      ...changeOf(lastMs + laterMin * MINUTE, (exitCode ?? 0) === 0 ? COMPLETED : FAILED),
      exitCode,
    },
  }));
  return [...starts, ...states, ...extractions, ...ends].map((command) => [instantOf(command), command]);
}

const changeOf = <State extends StateChangeFields['state']>(atMs: number, to: State) => ({
  atMs,
  state: to,
  exitCode: null,
  metadataJson: to === PAUSED ? '{"by":"user"}' : null,
});

function extractionsOf(plan: ProcessPlan, processUuid: string, beginMs: number): RecordExtractionCommand[] {
  let tsMs = beginMs;
  return plan.extractions.map(({ gapMs, risk, value, line, lineNumber, code, ...words }, index) => {
    tsMs += gapMs;
    return {
      kind: 'recordExtraction',
      processUuid,
      extraction: {
        ...{ tsMs, clientSeq: index, ...words, riskLevel: risk, isAutoConfirmable: risk === 1 },
        ...{ lineNumber, lineEnd: code === null ? null : lineNumber, matchedValue: value },
        ...{ originalLine: line, metadataJson: risk === 4 ? '{"column":7}' : null, codeBlock: code },
      },
    };
  });
}

function instantOf(command: AgentCommand): number {
  switch (command.kind) {
    case 'startProcess':
      return command.startedAtMs;
    case 'recordExtraction':
      return command.extraction.tsMs;
    case 'recordProcessState':
    case 'endProcess':
      return command.change.atMs;
    default:
      return command satisfies never;
  }
}
