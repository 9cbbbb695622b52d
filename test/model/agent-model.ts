import type {
  AgentStatistics,
  PatternStatistics,
  SessionCounts,
} from '../../src/domain/agents/statistics.js';
import type { ExtractionFields } from '../../src/domain/agents/types.js';
import type { TrendBucket } from '../../src/domain/bucket.js';
import type { TimeRange } from '../../src/domain/time.js';
import {
  inCodeOrder,
  inListOrder,
  type ActivityAnswer,
  type AgentAnswers,
  type CodeAnswer,
  type CodeQuestion,
  type ExtractionAnswer,
  type ExtractionQuestion,
  type ProcessAnswer,
  type ProcessQuestion,
  type StateAnswer,
} from './agent-answers.js';
import {
  AgentState,
  COMPLETED,
  endOf,
  FAILED,
  lastStateOf,
  STARTED,
  type ModelProcess,
} from './agent-state.js';
import { SLICE, sliceAt } from './calendar.js';
import { bucketsOf } from './civil.js';
import { covered } from './gains.js';

type Inside = (epochMs: number) => boolean;
const ALWAYS: Inside = () => true;
const inside = (range: TimeRange | undefined): Inside =>
  range === undefined ? ALWAYS : (ms) => ms >= range.fromMs && ms < range.toMs;
/** Statistics align a range outward to whole slices. */
const insideSlices = (range: TimeRange | null): Inside => {
  if (range === null) return ALWAYS;
  const { first, end } = covered(range);
  return inside({ fromMs: first * SLICE, toMs: end * SLICE });
};

/** What every answer about agents must be. Slow and plain on purpose; only types are shared with the product. */
export class AgentModel implements AgentAnswers {
  readonly state = new AgentState();

  processes({ agent, isActive, started }: ProcessQuestion): ProcessAnswer[] {
    return this.#all()
      .toReversed()
      .toSorted((a, b) => b.startedAtMs - a.startedAtMs)
      .filter((p) => agent === undefined || p.agent === agent)
      .filter((p) => isActive === undefined || (endOf(p) === null) === isActive)
      .filter((p) => inside(started)(p.startedAtMs))
      .map((p) => {
        const end = endOf(p);
        return {
          ...{ sessionUuid: p.uuid, agent: p.agent, environment: p.environment },
          ...{ extractionConfigVersion: p.extractionConfigVersion, startedAtMs: p.startedAtMs },
          endedAtMs: end === null ? null : Math.max(end.atMs, p.startedAtMs),
          state: lastStateOf(p),
          exitCode: end?.exitCode ?? null,
          ...{ linesCount: p.linesCount, feedbackCount: p.feedbackCount, extractionsCount: p.counted.length },
          lastExtractionMs: p.counted.length === 0 ? null : Math.max(...p.counted.map(({ tsMs }) => tsMs)),
        };
      });
  }

  states(sessionUuid: string): StateAnswer[] {
    const { startedAtMs, changes } = this.state.processes.get(sessionUuid)!;
    const start = { atMs: startedAtMs, state: STARTED, exitCode: null, metadataJson: null };
    return [start, ...changes].toSorted((a, b) => a.atMs - b.atMs || a.state - b.state);
  }

  extractionsOf(sessionUuid: string): ExtractionAnswer[] {
    return this.extractions({ sessionUuid }).toSorted((a, b) => a.tsMs - b.tsMs || a.clientSeq - b.clientSeq);
  }

  extractions(question: ExtractionQuestion): ExtractionAnswer[] {
    const { agent, sessionUuid, type, pattern, riskLevel, minRiskLevel, language, within } = question;
    return inListOrder(
      this.#all()
        .filter((p) => agent === undefined || p.agent === agent)
        .filter((p) => sessionUuid === undefined || p.uuid === sessionUuid)
        .flatMap((p) => [...p.extractions.values()].map((e) => answerOf(p, e)))
        .filter((e) => type === undefined || e.type === type)
        .filter((e) => pattern === undefined || e.pattern === pattern)
        .filter((e) => riskLevel === undefined || e.riskLevel === riskLevel)
        .filter((e) => minRiskLevel === undefined || e.riskLevel >= minRiskLevel)
        .filter((e) => language === undefined || e.codeLanguage === language)
        .filter((e) => inside(within)(e.tsMs)),
    );
  }

  found(word: string, question: ExtractionQuestion): ExtractionAnswer[] {
    const has = (text: string | null): boolean => text?.split(' ').includes(word) ?? false;
    return this.extractions(question).filter((e) => has(e.matchedValue) || has(e.originalLine));
  }

  agentStats(agent: string, range: TimeRange | null): AgentStatistics | null {
    const all = this.#all().filter((p) => p.agent === agent);
    if (all.length === 0) return null;
    const isInside = insideSlices(range);
    const sessions = all.filter(({ startedAtMs }) => isInside(startedAtMs));
    const events = all.flatMap(({ counted }) => counted.filter(({ tsMs }) => isInside(tsMs)));
    return {
      ...{ agent, sessions: countsOf(sessions), durations: durationsOf(sessions), ...byTypeAndRisk(events) },
      byPattern: frequent(events.map(({ pattern }) => pattern)),
      linesCount: sessions.reduce((sum, p) => sum + p.linesCount, 0),
      feedbackCount: sessions.reduce((sum, p) => sum + p.feedbackCount, 0),
    };
  }

  patternStats(pattern: string, range: TimeRange | null): PatternStatistics | null {
    const isOwn = (event: ExtractionFields): boolean => event.pattern === pattern;
    if (!this.state.patterns.has(pattern)) return null;
    const isInside = insideSlices(range);
    const events = this.#all().flatMap((p) =>
      p.counted.filter((e) => isOwn(e) && isInside(e.tsMs)).map((event) => ({ event, agent: p.agent })),
    );
    const sessions = this.#all().filter((p) => p.counted.some(isOwn) && isInside(p.startedAtMs));
    return {
      ...{ pattern, sessions: countsOf(sessions), ...byTypeAndRisk(events.map(({ event }) => event)) },
      byAgent: frequent(events.map(({ agent }) => agent)),
    };
  }

  activity(agent: string | null, range: TimeRange, bucket: TrendBucket, zone: string): ActivityAnswer[] {
    const own = this.#all().filter((p) => agent === null || p.agent === agent);
    return bucketsOf(range, bucket, zone).map(({ startMs, slices }) => {
      const isInside: Inside = (ms) => slices.includes(sliceAt(ms));
      const events = own.flatMap(({ counted }) => counted.filter(({ tsMs }) => isInside(tsMs)));
      const { byRisk, extractionsCount } = byTypeAndRisk(events);
      return {
        ...{ startMs, extractionsCount, ...countsOf(own.filter((p) => isInside(p.startedAtMs))) },
        byRisk: byRisk.map(({ riskLevel, count }) => [riskLevel, count] as const),
      };
    });
  }

  codeBlocks({ agent, sessionUuid, language, isParseable }: CodeQuestion): CodeAnswer[] {
    const named = new Set(
      this.extractions({
        ...(agent === undefined ? {} : { agent }),
        ...(sessionUuid === undefined ? {} : { sessionUuid }),
      }).map(({ code }) => code),
    );
    const isAnywhere = agent === undefined && sessionUuid === undefined;
    return inCodeOrder(
      [...this.state.blocks]
        .filter(([content]) => isAnywhere || named.has(content))
        .map(([content, block]) => ({ content, ...block, linesCount: content.trimEnd().split('\n').length }))
        .filter((block) => language === undefined || block.language === language)
        .filter((block) => isParseable === undefined || block.isParseable === isParseable),
    );
  }

  deadLetters(): string[] {
    return this.state.letters.map(({ command, code }) => `${command.kind} ${code}`).toSorted();
  }

  #all(): ModelProcess[] {
    return [...this.state.processes.values()];
  }
}

const answerOf = (
  { uuid, agent }: ModelProcess,
  { codeBlock, ...fields }: ExtractionFields,
): ExtractionAnswer => ({
  ...{ sessionUuid: uuid, agent, ...fields },
  ...{ codeLanguage: codeBlock?.language ?? null, code: codeBlock?.content ?? null },
});

function countsOf(sessions: readonly ModelProcess[]): SessionCounts {
  const inState = (wanted: number): number => sessions.filter((p) => lastStateOf(p) === wanted).length;
  const [completedCount, failedCount] = [inState(COMPLETED), inState(FAILED)];
  return { activeCount: sessions.length - completedCount - failedCount, completedCount, failedCount };
}

function durationsOf(sessions: readonly ModelProcess[]): AgentStatistics['durations'] {
  const lengths = sessions
    .flatMap((p) => {
      const end = endOf(p);
      return end === null ? [] : [Math.max(0, end.atMs - p.startedAtMs)];
    })
    .toSorted((a, b) => a - b);
  const rank = (percent: number): number | null =>
    lengths[Math.max(0, Math.ceil((lengths.length * percent) / 100) - 1)] ?? null;
  return {
    endedCount: lengths.length,
    sumMs: lengths.reduce((sum, length) => sum + length, 0),
    ...{ p50Ms: rank(50), p95Ms: rank(95) },
  };
}

function byTypeAndRisk(events: readonly ExtractionFields[]) {
  const risks = frequent(events.map(({ riskLevel }) => String(riskLevel)));
  return {
    extractionsCount: events.length,
    byType: frequent(events.map(({ type }) => type)),
    byRisk: risks
      .map(({ name, count }) => ({ riskLevel: Number(name), count }))
      .toSorted((a, b) => a.riskLevel - b.riskLevel),
  };
}

/** Most frequent first, ties by name. */
function frequent(words: readonly string[]): { name: string; count: number }[] {
  return [...new Set(words)]
    .toSorted()
    .map((name) => ({ name, count: words.filter((word) => word === name).length }))
    .toSorted((a, b) => b.count - a.count);
}
