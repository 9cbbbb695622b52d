import { ProcessState } from '../../domain/agents/enums.js';
import {
  MAX_NAMED_COUNTS,
  NO_ACTIVITY,
  NO_SESSIONS,
  type ActivityCounts,
  type AgentStatistics,
  type ExtractionCounts,
  type NamedCount,
  type PatternStatistics,
  type RiskCount,
  type SessionCounts,
  type SessionDurations,
} from '../../domain/agents/statistics.js';
import { toTimeRange, type SliceRange } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';

/** A condition over slices (x) or sessions (s), with the values of its placeholders. */
interface Condition {
  readonly slices: string;
  readonly sessions: string;
  readonly sliceParams: readonly SqlValue[];
  readonly sessionParams: readonly SqlValue[];
}

const DURATION = 'CASE WHEN s.ended_at_ms > s.started_at_ms THEN s.ended_at_ms - s.started_at_ms ELSE 0 END';
const ENDED = (state: number): string => `SUM(CASE WHEN s.state = ${state} THEN 1 ELSE 0 END)`;
const BY_STATE = `COUNT(*), ${ENDED(ProcessState.COMPLETED)}, ${ENDED(ProcessState.FAILED)}`;

/** How agents and patterns did: from sessions, and from the counts that survive extraction events. */
export class AgentStatisticsQueries {
  constructor(private readonly db: Db) {}

  async summarizeAgent(agent: string, range: SliceRange | null): Promise<AgentStatistics | null> {
    const agentId = await this.#idOf('agt_agents', agent);
    if (agentId === null) return null;
    const condition = within('agent_id', agentId, range);
    const [counts, byPattern, durations, sessions] = await Promise.all([
      this.#extractions(condition),
      this.#named('agt_patterns', 'pattern_id', condition),
      this.#durations(condition),
      this.#read(
        `SELECT ${BY_STATE}, SUM(o.lines_count), SUM(o.feedback_count) FROM agt_process_sessions s
          LEFT JOIN agt_session_totals o ON o.process_session_id = s.process_session_id WHERE ${condition.sessions}`,
        condition.sessionParams,
      ),
    ]);
    const [all, completed, failed, lines, feedback] = sessions[0] ?? [];
    return {
      agent,
      ...counts,
      byPattern,
      durations,
      sessions: toSessions(all, completed, failed),
      linesCount: Number(lines ?? 0),
      feedbackCount: Number(feedback ?? 0),
    };
  }

  async summarizePattern(pattern: string, range: SliceRange | null): Promise<PatternStatistics | null> {
    const patternId = await this.#idOf('agt_patterns', pattern);
    if (patternId === null) return null;
    const condition = within('pattern_id', patternId, range);
    // A session may have it under several types and risks.
    const matched = `(SELECT DISTINCT process_session_id FROM agt_session_patterns WHERE pattern_id = ?) AS m`;
    const [counts, byAgent, sessions] = await Promise.all([
      this.#extractions(condition),
      this.#named('agt_agents', 'agent_id', condition),
      this.#read(
        `SELECT ${BY_STATE} FROM ${matched} JOIN agt_process_sessions s ON s.process_session_id = m.process_session_id
          ${range === null ? '' : 'WHERE s.started_at_ms >= ? AND s.started_at_ms < ?'}`,
        condition.sessionParams,
      ),
    ]);
    return { pattern, ...counts, byAgent, sessions: toSessions(...(sessions[0] ?? [])) };
  }

  /** Of each run of slices, in their order. `agent` null is all. */
  async summarizeActivity(
    agent: string | null,
    runs: readonly SliceRange[],
  ): Promise<readonly ActivityCounts[]> {
    const agentId = agent === null ? null : await this.#idOf('agt_agents', agent);
    if (agent !== null && agentId === null) return runs.map(() => NO_ACTIVITY);
    const bounds = `${this.db.functions.jsonRows('?', ['i', 'lo', 'hi'])} AS b`;
    const own = agentId === null ? [] : [agentId];
    const isOwn = (alias: string): string => (agentId === null ? '' : `AND ${alias}.agent_id = ?`);
    const times = runs.map(toTimeRange).map(({ fromMs, toMs }, index) => [index, fromMs, toMs]);
    const [counts, sessions] = await Promise.all([
      this.#read(
        `SELECT b.i, x.risk_level, SUM(x.extractions_count) FROM ${bounds} CROSS JOIN agt_extraction_slices x
          WHERE x.slice >= b.lo AND x.slice < b.hi ${isOwn('x')} GROUP BY b.i, x.risk_level ORDER BY b.i, x.risk_level`,
        [JSON.stringify(runs.map(({ from, to }, index) => [index, from, to])), ...own],
      ),
      this.#read(
        `SELECT b.i, ${BY_STATE} FROM ${bounds} CROSS JOIN agt_process_sessions s
          WHERE s.started_at_ms >= b.lo AND s.started_at_ms < b.hi ${isOwn('s')} GROUP BY b.i`,
        [JSON.stringify(times), ...own],
      ),
    ]);
    const risks = new Map<number, RiskCount[]>();
    for (const [index, riskLevel, count] of counts) {
      const list = risks.get(Number(index)) ?? [];
      list.push({ riskLevel: Number(riskLevel), count: Number(count) });
      risks.set(Number(index), list);
    }
    const started = new Map(sessions.map(([index, ...states]) => [Number(index), toSessions(...states)]));
    return runs.map((_run, index) => {
      const byRisk = risks.get(index) ?? [];
      return { sessions: started.get(index) ?? NO_SESSIONS, extractionsCount: sumOf(byRisk), byRisk };
    });
  }

  async #extractions(condition: Condition): Promise<ExtractionCounts> {
    const [byType, risks] = await Promise.all([
      this.#named('agt_extraction_types', 'type_id', condition),
      this.#read(
        `SELECT x.risk_level, SUM(x.extractions_count) FROM agt_extraction_slices x WHERE ${condition.slices}
          GROUP BY x.risk_level ORDER BY x.risk_level`,
        condition.sliceParams,
      ),
    ]);
    const byRisk = risks.map(([riskLevel, count]) => ({
      riskLevel: Number(riskLevel),
      count: Number(count),
    }));
    return { extractionsCount: sumOf(byRisk), byType, byRisk };
  }

  /** Most frequent first, ties by name. */
  async #named(table: string, column: string, condition: Condition): Promise<NamedCount[]> {
    const rows = await this.#read(
      `SELECT w.name, n.total FROM (SELECT x.${column} AS id, SUM(x.extractions_count) AS total
          FROM agt_extraction_slices x WHERE ${condition.slices} GROUP BY x.${column}) AS n
        JOIN ${table} w ON w.id = n.id ORDER BY n.total DESC, w.name LIMIT ${MAX_NAMED_COUNTS}`,
      condition.sliceParams,
    );
    return rows.map(([name, count]) => ({ name: String(name), count: Number(count) }));
  }

  async #durations({ sessions, sessionParams }: Condition): Promise<SessionDurations> {
    const rank = (percent: number): string => `MIN(CASE WHEN upto * 100 >= n * ${percent} THEN v END)`;
    const [row] = await this.#read(
      `WITH counted AS (SELECT ${DURATION} AS v, COUNT(*) AS c FROM agt_process_sessions s
          WHERE ${sessions} AND s.ended_at_ms IS NOT NULL GROUP BY 1),
        ranked AS (SELECT v, c, SUM(c) OVER (ORDER BY v) AS upto, SUM(c) OVER () AS n FROM counted)
        SELECT MAX(n), SUM(v * c), ${rank(50)}, ${rank(95)} FROM ranked`,
      sessionParams,
    );
    const [endedCount, sumMs, p50Ms, p95Ms] = row ?? [];
    return {
      endedCount: Number(endedCount ?? 0),
      sumMs: Number(sumMs ?? 0),
      p50Ms: p50Ms == null ? null : Number(p50Ms),
      p95Ms: p95Ms == null ? null : Number(p95Ms),
    };
  }

  async #idOf(table: 'agt_agents' | 'agt_patterns', name: string): Promise<number | null> {
    const [row] = await this.#read(`SELECT id FROM ${table} WHERE name = ?`, [name]);
    return row === undefined ? null : Number(row[0]);
  }

  #read(sql: string, params: readonly SqlValue[]) {
    return this.db.backend.read({ sql, params });
  }
}

/** Of one agent or pattern, within a range or for ever. */
function within(column: 'agent_id' | 'pattern_id', id: number, range: SliceRange | null): Condition {
  const times = range === null ? null : toTimeRange(range);
  return {
    slices: `x.${column} = ?${range === null ? '' : ' AND x.slice >= ? AND x.slice < ?'}`,
    sliceParams: range === null ? [id] : [id, range.from, range.to],
    sessions: `s.agent_id = ?${times === null ? '' : ' AND s.started_at_ms >= ? AND s.started_at_ms < ?'}`,
    sessionParams: times === null ? [id] : [id, times.fromMs, times.toMs],
  };
}

const sumOf = (counts: readonly { readonly count: number }[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0);

function toSessions(all?: SqlValue, completed?: SqlValue, failed?: SqlValue): SessionCounts {
  const completedCount = Number(completed ?? 0);
  const failedCount = Number(failed ?? 0);
  return { activeCount: Number(all ?? 0) - completedCount - failedCount, completedCount, failedCount };
}
