import type { CodeBlockFields, ExtractionFields } from '../../src/domain/agents/types.js';
import type { AgentStatistics, PatternStatistics } from '../../src/domain/agents/statistics.js';
import type { TrendBucket } from '../../src/domain/bucket.js';
import type { TimeRange } from '../../src/domain/time.js';
import type { Later } from './answers.js';

export interface ProcessAnswer {
  readonly sessionUuid: string;
  readonly agent: string;
  readonly environment: string | null;
  readonly extractionConfigVersion: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly state: number;
  readonly exitCode: number | null;
  readonly linesCount: number;
  readonly feedbackCount: number;
  readonly extractionsCount: number;
  readonly lastExtractionMs: number | null;
}

export interface StateAnswer {
  readonly atMs: number;
  readonly state: number;
  readonly exitCode: number | null;
  readonly metadataJson: string | null;
}

export interface ExtractionAnswer extends Omit<ExtractionFields, 'codeBlock' | 'riskLevel'> {
  readonly sessionUuid: string;
  readonly agent: string;
  readonly riskLevel: number;
  readonly codeLanguage: string | null;
  /** Of the code that it found. */
  readonly code: string | null;
}

export interface CodeAnswer extends CodeBlockFields {
  readonly linesCount: number;
  readonly firstSeenMs: number;
}

export interface ActivityAnswer {
  readonly startMs: number;
  readonly activeCount: number;
  readonly completedCount: number;
  readonly failedCount: number;
  readonly extractionsCount: number;
  readonly byRisk: readonly (readonly [riskLevel: number, count: number])[];
}

export interface ProcessQuestion {
  readonly agent?: string;
  readonly isActive?: boolean;
  readonly started?: TimeRange;
}

export interface ExtractionQuestion {
  readonly agent?: string;
  readonly sessionUuid?: string;
  readonly type?: string;
  readonly pattern?: string;
  readonly riskLevel?: 0 | 1 | 3 | 4;
  readonly minRiskLevel?: 0 | 1 | 3 | 4;
  readonly language?: string;
  readonly within?: TimeRange;
}

export interface CodeQuestion {
  readonly agent?: string;
  readonly sessionUuid?: string;
  readonly language?: string;
  readonly isParseable?: boolean;
}

/** Everything that can be asked about agents, in one form for the model, a store and a server. */
export interface AgentAnswers {
  /** Newest first. */
  processes(question: ProcessQuestion): Later<readonly ProcessAnswer[]>;
  /** In time order. */
  states(sessionUuid: string): Later<readonly StateAnswer[]>;
  /** In time order. */
  extractionsOf(sessionUuid: string): Later<readonly ExtractionAnswer[]>;
  /** Newest first; those of one instant by session and number. */
  extractions(question: ExtractionQuestion): Later<readonly ExtractionAnswer[]>;
  /** In the order of `extractions`. */
  found(word: string, question: ExtractionQuestion): Later<readonly ExtractionAnswer[]>;
  agentStats(agent: string, range: TimeRange | null): Later<AgentStatistics | null>;
  patternStats(pattern: string, range: TimeRange | null): Later<PatternStatistics | null>;
  activity(
    agent: string | null,
    range: TimeRange,
    bucket: TrendBucket,
    zone: string,
  ): Later<readonly ActivityAnswer[]>;
  /** Those first seen last come first, those of one instant by content. */
  codeBlocks(question: CodeQuestion): Later<readonly CodeAnswer[]>;
  /** Kind and code of each, sorted. */
  deadLetters(): Later<readonly string[]>;
}

/** The order of an extraction list, where the product leaves it open which of one instant comes first. */
export const inListOrder = (rows: readonly ExtractionAnswer[]): ExtractionAnswer[] =>
  rows.toSorted(
    (a, b) => b.tsMs - a.tsMs || compare(a.sessionUuid, b.sessionUuid) || a.clientSeq - b.clientSeq,
  );

export const inCodeOrder = (rows: readonly CodeAnswer[]): CodeAnswer[] =>
  rows.toSorted((a, b) => b.firstSeenMs - a.firstSeenMs || compare(a.content, b.content));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
