import { ratio } from '../immersion/counters.js';

/** Words of one statistic by name; the rest is only in the sum. */
export const MAX_NAMED_COUNTS = 100;

/** Process sessions by how they ended; together they are all. */
export interface SessionCounts {
  /** Not ended. */
  readonly activeCount: number;
  readonly completedCount: number;
  readonly failedCount: number;
}

export const NO_SESSIONS: SessionCounts = { activeCount: 0, completedCount: 0, failedCount: 0 };

export const sessionsOf = ({ activeCount, completedCount, failedCount }: SessionCounts): number =>
  activeCount + completedCount + failedCount;

/** Share of the ended sessions that completed, 0 to 1; null when none ended. */
export const successRate = ({ completedCount, failedCount }: SessionCounts): number | null =>
  ratio(completedCount, completedCount + failedCount);

/** From start to end, of ended sessions, ms. Percentiles are nearest ranks. */
export interface SessionDurations {
  readonly endedCount: number;
  readonly sumMs: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

export interface RiskCount {
  /** An integer of RiskLevel, or one this version does not know. */
  readonly riskLevel: number;
  readonly count: number;
}

/** Extraction events that were stored for the first time, by an integer of RiskLevel. */
export type StoredByRisk = ReadonlyMap<number, number>;

export function joinByRisk(a: StoredByRisk, b: StoredByRisk): StoredByRisk {
  const joined = new Map(a);
  for (const [riskLevel, count] of b) joined.set(riskLevel, (joined.get(riskLevel) ?? 0) + count);
  return joined;
}

/** Counts of extraction events that survive the events; most frequent first, at most MAX_NAMED_COUNTS. */
export interface ExtractionCounts {
  readonly extractionsCount: number;
  readonly byType: readonly NamedCount[];
  readonly byRisk: readonly RiskCount[];
}

export interface AgentStatistics extends ExtractionCounts {
  readonly agent: string;
  readonly sessions: SessionCounts;
  readonly durations: SessionDurations;
  readonly linesCount: number;
  readonly feedbackCount: number;
  readonly byPattern: readonly NamedCount[];
}

export interface PatternStatistics extends ExtractionCounts {
  readonly pattern: string;
  /** Those in which it matched. */
  readonly sessions: SessionCounts;
  readonly byAgent: readonly NamedCount[];
}

/** What happened in one bucket: sessions count where they started. */
export interface ActivityCounts {
  readonly sessions: SessionCounts;
  readonly extractionsCount: number;
  readonly byRisk: readonly RiskCount[];
}

export const NO_ACTIVITY: ActivityCounts = { sessions: NO_SESSIONS, extractionsCount: 0, byRisk: [] };
