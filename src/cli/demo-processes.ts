import { ProcessState, RiskLevel } from '../domain/agents/enums.js';
import type { AgentCommand } from '../domain/agents/commands.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import { createRandom, uuidOf } from './demo-history.js';

interface Agent {
  readonly name: string;
  /** Of the runs, 0 to 1; the shares of a list add up to 1. */
  readonly share: number;
  /** Of its runs that fail, 0 to 1. */
  readonly failureRate: number;
  readonly linesPerMin: number;
}

interface Finding {
  readonly type: string;
  readonly pattern: string;
  readonly share: number;
  readonly riskLevel: RiskLevel;
  /** % becomes a number. */
  readonly text: string;
}

const AGENTS: readonly [Agent, ...Agent[]] = [
  { name: 'subtitle-fixer', share: 0.5, failureRate: 0.08, linesPerMin: 90 },
  { name: 'card-writer', share: 0.3, failureRate: 0.15, linesPerMin: 40 },
  { name: 'library-sorter', share: 0.2, failureRate: 0.25, linesPerMin: 140 },
];

/** Types and patterns as a pattern file of the wrapper names them. */
const FINDINGS: readonly [Finding, ...Finding[]] = [
  {
    type: 'result',
    pattern: 'file_written',
    share: 0.42,
    riskLevel: RiskLevel.NONE,
    text: 'wrote episode-%.srt',
  },
  {
    type: 'warning',
    pattern: 'timing_gap',
    share: 0.25,
    riskLevel: RiskLevel.LOW,
    text: 'gap of % ms between lines',
  },
  {
    type: 'prompt',
    pattern: 'yes_or_no',
    share: 0.15,
    riskLevel: RiskLevel.LOW,
    text: 'Replace episode-%.srt? [y/N]',
  },
  {
    type: 'error',
    pattern: 'parse_error',
    share: 0.12,
    riskLevel: RiskLevel.MEDIUM,
    text: 'cannot parse line %',
  },
  {
    type: 'command',
    pattern: 'overwrite',
    share: 0.05,
    riskLevel: RiskLevel.HIGH,
    text: 'mv --force episode-%.srt library/',
  },
  {
    type: 'command',
    pattern: 'recursive_delete',
    share: 0.01,
    riskLevel: RiskLevel.CRITICAL,
    text: 'rm -r cache/%',
  },
];

/**
 * Made-up runs of command-line agents around the library: some on every day, most of them well. The same `endMs` gives
 * the same commands. One array per run, oldest first.
 */
export function* demoProcesses(days: number, endMs: number): Generator<AgentCommand[]> {
  const random = createRandom(20_261_122);
  const firstDay = Math.floor(endMs / DAY_MS) - days + 1;
  for (let day = firstDay; day < firstDay + days; day += 1) {
    const runs = Math.floor(random() * 4);
    let startMs = day * DAY_MS + 7 * HOUR_MS + Math.floor(random() * 180) * MINUTE_MS;
    for (let i = 0; i < runs; i += 1) {
      const agent = pick(AGENTS, random());
      const durationMs = Math.floor((1 + random() * 11) * MINUTE_MS);
      if (startMs + durationMs > endMs) return;
      yield runOf(agent, startMs, durationMs, random);
      startMs += durationMs + Math.floor(10 + random() * 150) * MINUTE_MS;
    }
  }
}

function runOf(agent: Agent, startedAtMs: number, durationMs: number, random: () => number): AgentCommand[] {
  const processUuid = uuidOf(`${agent.name} ${startedAtMs}`);
  const endedAtMs = startedAtMs + durationMs;
  const state = (atMs: number, to: ProcessState): AgentCommand => ({
    kind: 'recordProcessState',
    processUuid,
    change: { atMs, state: to, exitCode: null, metadataJson: null },
    linesCount: 0,
    feedbackCount: 0,
    receivedAtMs: atMs,
  });
  const commands: AgentCommand[] = [
    {
      kind: 'startProcess',
      processUuid,
      agent: agent.name,
      startedAtMs,
      environment: random() < 0.7 ? 'server' : 'laptop',
      stdoutLogPath: null,
      stderrLogPath: null,
      extractionConfigVersion: '3',
      environmentConfigVersion: null,
      receivedAtMs: startedAtMs,
    },
    state(startedAtMs + 200, ProcessState.RUNNING),
  ];
  if (random() < 0.2) {
    const pausedMs = startedAtMs + Math.floor(durationMs * (0.3 + 0.2 * random()));
    commands.push(state(pausedMs, ProcessState.PAUSED));
    commands.push(state(pausedMs + Math.floor(durationMs * 0.1), ProcessState.RUNNING));
  }
  const findings = 3 + Math.floor((durationMs / MINUTE_MS) * (1 + 2 * random()));
  const linesCount = Math.round((durationMs / MINUTE_MS) * agent.linesPerMin);
  for (let n = 1; n <= findings; n += 1) {
    const { type, pattern, riskLevel, text } = pick(FINDINGS, random());
    const matchedValue = text.replace('%', String(1 + Math.floor(random() * 900)));
    commands.push({
      kind: 'recordExtraction',
      processUuid,
      extraction: {
        tsMs: startedAtMs + 500 + Math.floor(((n - random()) / findings) * (durationMs - 1_000)),
        clientSeq: n,
        type,
        pattern,
        riskLevel,
        isAutoConfirmable: type === 'prompt',
        lineNumber: Math.max(1, Math.floor((n / findings) * linesCount)),
        matchedValue,
        originalLine: `[${agent.name}] ${matchedValue}`,
        metadataJson: null,
        lineEnd: null,
        codeBlock: null,
      },
    });
  }
  const hasFailed = random() < agent.failureRate;
  const exitCode = hasFailed ? 1 : 0;
  const final = hasFailed ? ProcessState.FAILED : ProcessState.COMPLETED;
  commands.push({
    kind: 'endProcess',
    processUuid,
    change: { atMs: endedAtMs, state: final, exitCode, metadataJson: null },
    linesCount,
    feedbackCount: Math.floor(findings * 0.3),
    receivedAtMs: endedAtMs,
  });
  return commands;
}

/** The entry in whose share a number from 0 to 1 falls. */
function pick<Entry extends { readonly share: number }>(
  entries: readonly [Entry, ...Entry[]],
  at: number,
): Entry {
  let upTo = 0;
  for (const entry of entries) {
    upTo += entry.share;
    if (at < upTo) return entry;
  }
  return entries[0];
}
