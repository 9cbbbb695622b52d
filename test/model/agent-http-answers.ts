import type {
  AgentStatistics,
  PatternStatistics,
  SessionCounts,
} from '../../src/domain/agents/statistics.js';
import type { TrendBucket } from '../../src/domain/bucket.js';
import type { TimeRange } from '../../src/domain/time.js';
import {
  inCodeOrder,
  inListOrder,
  type AgentAnswers,
  type CodeAnswer,
  type CodeQuestion,
  type ExtractionAnswer,
  type ExtractionQuestion,
  type ProcessQuestion,
} from './agent-answers.js';
import { eachNode, type Ask } from './http-pages.js';
import { codeOf, instantOf, msOf } from './http-words.js';

/** The integers of the model as the API names them. */
export const PROCESS_STATES = ['STARTED', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED'] as const;
export const RISKS = ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

const rangeOf = ({ fromMs, toMs }: TimeRange) => ({ from: instantOf(fromMs), to: instantOf(toMs) });
const jsonOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const COUNTS = 'sessions { active completed failed }';
const RISK_COUNTS = 'extractionsByRisk { riskLevel count }';
const EXTRACTION = `tsMs clientSeq agent type pattern riskLevel isAutoConfirmable lineNumber lineEnd matchedValue
  originalLine metadata language session { sessionUuid } codeBlock { content }`;

interface CountFields {
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}
interface RiskFields {
  readonly riskLevel: string;
  readonly count: number;
}
type Named = readonly { readonly name: string; readonly count: number }[];
interface ExtractionNode extends Omit<
  ExtractionAnswer,
  'sessionUuid' | 'riskLevel' | 'metadataJson' | 'codeLanguage' | 'code'
> {
  readonly riskLevel: string;
  readonly metadata: unknown;
  readonly language: string | null;
  readonly session: { readonly sessionUuid: string };
  readonly codeBlock: { readonly content: string } | null;
}

const countsOf = ({ active, completed, failed }: CountFields): SessionCounts => ({
  ...{ activeCount: active, completedCount: completed, failedCount: failed },
});
const risksOf = (rows: readonly RiskFields[]) =>
  rows.map(({ riskLevel, count }) => ({ riskLevel: codeOf(RISKS, riskLevel), count }));
const toExtraction = (node: ExtractionNode): ExtractionAnswer => {
  const { session, riskLevel, metadata, language, codeBlock, ...fields } = node;
  return {
    ...{ ...fields, sessionUuid: session.sessionUuid, riskLevel: codeOf(RISKS, riskLevel) },
    ...{ metadataJson: jsonOf(metadata), codeLanguage: language, code: codeBlock?.content ?? null },
  };
};

/** Agents as clients see them: GraphQL over HTTP and nothing else. */
export class HttpAgentAnswers implements AgentAnswers {
  constructor(private readonly ask: Ask) {}

  async processes({ agent, isActive, started }: ProcessQuestion) {
    const range = started === undefined ? undefined : rangeOf(started);
    const filter = { agent, isActive, startedFrom: range?.from, startedTo: range?.to };
    interface Node {
      readonly sessionUuid: string;
      readonly agent: string;
      readonly environment: string | null;
      readonly extractionConfigVersion: string | null;
      readonly startedAt: string;
      readonly endedAt: string | null;
      readonly state: string;
      readonly exitCode: number | null;
      readonly totals: {
        readonly lines: number;
        readonly feedback: number;
        readonly extractions: number;
        readonly lastExtractionAt: string | null;
      };
    }
    const rows = await eachNode<Node>(
      this.ask,
      (page) => `processSessions(filter: $filter, ${page})`,
      `sessionUuid agent environment extractionConfigVersion startedAt endedAt state exitCode
        totals { lines feedback extractions lastExtractionAt }`,
      { filter: ['ProcessSessionFilter', filter] },
    );
    return rows.map(({ startedAt, endedAt, state, totals, ...fields }) => ({
      ...{ ...fields, startedAtMs: Date.parse(startedAt), endedAtMs: msOf(endedAt) },
      ...{ state: codeOf(PROCESS_STATES, state), linesCount: totals.lines, feedbackCount: totals.feedback },
      ...{ extractionsCount: totals.extractions, lastExtractionMs: msOf(totals.lastExtractionAt) },
    }));
  }

  async states(sessionUuid: string) {
    interface Node {
      readonly atMs: number;
      readonly state: string;
      readonly exitCode: number | null;
      readonly metadata: unknown;
    }
    const rows = await eachNode<Node>(
      this.ask,
      (page) => `processSession(sessionUuid: $uuid) { stateChanges(${page})`,
      'atMs state exitCode metadata',
      { uuid: ['UUID!', sessionUuid] },
    );
    return rows.map(({ atMs, state, exitCode, metadata }) => ({
      ...{ atMs, state: codeOf(PROCESS_STATES, state), exitCode, metadataJson: jsonOf(metadata) },
    }));
  }

  async extractionsOf(sessionUuid: string) {
    const rows = await eachNode<ExtractionNode>(
      this.ask,
      (page) => `processSession(sessionUuid: $uuid) { extractions(${page})`,
      EXTRACTION,
      { uuid: ['UUID!', sessionUuid] },
    );
    return rows.map(toExtraction);
  }

  async extractions(question: ExtractionQuestion) {
    const rows = await eachNode<ExtractionNode>(
      this.ask,
      (page) => `extractions(filter: $filter, ${page})`,
      EXTRACTION,
      { filter: ['ExtractionFilter', filterOf(question)] },
    );
    return inListOrder(rows.map(toExtraction));
  }

  async found(word: string, question: ExtractionQuestion) {
    const rows = await eachNode<{ readonly extraction: ExtractionNode }>(
      this.ask,
      (page) => `searchExtractions(query: $query, filter: $filter, ${page})`,
      `extraction { ${EXTRACTION} }`,
      { query: ['String!', word], filter: ['ExtractionFilter', filterOf(question)] },
    );
    return inListOrder(rows.map(({ extraction }) => toExtraction(extraction)));
  }

  async agentStats(agent: string, range: TimeRange | null): Promise<AgentStatistics | null> {
    interface Stats {
      readonly sessions: CountFields;
      readonly durations: { averageMs: number | null; p50Ms: number | null; p95Ms: number | null };
      readonly lines: number;
      readonly feedback: number;
      readonly extractions: number;
      readonly extractionsByType: Named;
      readonly extractionsByPattern: Named;
      readonly extractionsByRisk: readonly RiskFields[];
    }
    const { agentStats: found } = await this.ask<{ agentStats: Stats | null }>(
      `query ($agent: String!, $range: TimeRangeInput) { agentStats(agent: $agent, range: $range) {
        ${COUNTS} durations { averageMs p50Ms p95Ms } lines feedback extractions
        extractionsByType { name count } extractionsByPattern { name count } ${RISK_COUNTS} } }`,
      { agent, range: range === null ? null : rangeOf(range) },
    );
    if (found === null) return null;
    const endedCount = found.sessions.completed + found.sessions.failed;
    const { averageMs, p50Ms, p95Ms } = found.durations;
    return {
      ...{ agent, sessions: countsOf(found.sessions), extractionsCount: found.extractions },
      durations: { endedCount, sumMs: Math.round((averageMs ?? 0) * endedCount), p50Ms, p95Ms },
      ...{ linesCount: found.lines, feedbackCount: found.feedback, byType: found.extractionsByType },
      ...{ byPattern: found.extractionsByPattern, byRisk: risksOf(found.extractionsByRisk) },
    };
  }

  async patternStats(pattern: string, range: TimeRange | null): Promise<PatternStatistics | null> {
    interface Stats {
      readonly sessions: CountFields;
      readonly extractions: number;
      readonly extractionsByType: Named;
      readonly extractionsByAgent: Named;
      readonly extractionsByRisk: readonly RiskFields[];
    }
    const { patternStats: found } = await this.ask<{ patternStats: Stats | null }>(
      `query ($pattern: String!, $range: TimeRangeInput) { patternStats(pattern: $pattern, range: $range) {
        ${COUNTS} extractions extractionsByType { name count } extractionsByAgent { name count } ${RISK_COUNTS} } }`,
      { pattern, range: range === null ? null : rangeOf(range) },
    );
    if (found === null) return null;
    return {
      ...{ pattern, sessions: countsOf(found.sessions), extractionsCount: found.extractions },
      ...{ byType: found.extractionsByType, byAgent: found.extractionsByAgent },
      byRisk: risksOf(found.extractionsByRisk),
    };
  }

  async activity(agent: string | null, range: TimeRange, bucket: TrendBucket, zone: string) {
    interface Point {
      readonly bucketStart: string;
      readonly sessions: CountFields;
      readonly extractions: number;
      readonly extractionsByRisk: readonly RiskFields[];
    }
    const { agentTimeline } = await this.ask<{ agentTimeline: readonly Point[] }>(
      `query ($agent: String, $range: TimeRangeInput!, $bucket: TrendBucket!, $zone: TimeZone) {
        agentTimeline(agent: $agent, range: $range, bucket: $bucket, timezone: $zone) {
          bucketStart ${COUNTS} extractions ${RISK_COUNTS} } }`,
      { agent, range: rangeOf(range), bucket, zone },
    );
    return agentTimeline.map(({ bucketStart, sessions, extractions, extractionsByRisk }) => ({
      ...{ startMs: Date.parse(bucketStart), ...countsOf(sessions), extractionsCount: extractions },
      byRisk: risksOf(extractionsByRisk).map(({ riskLevel, count }) => [riskLevel, count] as const),
    }));
  }

  async codeBlocks(filter: CodeQuestion) {
    interface Node extends Omit<CodeAnswer, 'linesCount' | 'firstSeenMs'> {
      readonly lines: number;
      readonly firstSeenAt: string;
    }
    const rows = await eachNode<Node>(
      this.ask,
      (page) => `codeBlocks(filter: $filter, ${page})`,
      'content language isParseable lines firstSeenAt',
      { filter: ['CodeBlockFilter', filter] },
    );
    return inCodeOrder(
      rows.map(({ lines, firstSeenAt, ...block }) => ({
        ...{ ...block, linesCount: lines, firstSeenMs: Date.parse(firstSeenAt) },
      })),
    );
  }

  async deadLetters() {
    const rows = await eachNode<{ readonly kind: string; readonly code: string }>(
      this.ask,
      (page) => `deadLetters(${page})`,
      'kind code',
    );
    return rows.map(({ kind, code }) => `${kind} ${code}`).toSorted();
  }
}

function filterOf({ within, riskLevel, minRiskLevel, ...words }: ExtractionQuestion) {
  const range = within === undefined ? undefined : rangeOf(within);
  return {
    ...{ ...words, from: range?.from, to: range?.to },
    riskLevel: riskLevel === undefined ? undefined : RISKS[riskLevel],
    minRiskLevel: minRiskLevel === undefined ? undefined : RISKS[minRiskLevel],
  };
}
