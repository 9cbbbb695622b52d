import { and, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { isFinal, ProcessState } from '../../domain/agents/enums.js';
import type { ProcessFilter, ProcessSession, ProcessTotals, StateChange } from '../../domain/agents/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { wordId } from './agent-words.js';
import { countRows, listPage } from './keyset.js';

/** Process sessions with their states and totals. */
export class ProcessSessionQueries {
  constructor(private readonly db: Db) {}

  async getProcessSession(sessionUuid: string): Promise<ProcessSession | null> {
    const rows = await this.#sessions().where(eq(this.db.tables.processSessions.sessionUuid, sessionUuid));
    return rows[0] ?? null;
  }

  listProcessSessions(filter: ProcessFilter, page: PageRequest): Promise<Page<ProcessSession>> {
    const { processSessions: sessions } = this.db.tables;
    const columns = [sessions.startedAtMs, sessions.processSessionId];
    return listPage(this.#sessions(), { columns, order: 'descending', where: this.#matches(filter) }, page);
  }

  countProcessSessions(filter: ProcessFilter): Promise<number> {
    return countRows(this.db, this.db.tables.processSessions, this.#matches(filter));
  }

  async listProcessSessionsByIds(processSessionIds: readonly number[]): Promise<readonly ProcessSession[]> {
    if (processSessionIds.length === 0) return [];
    return this.#sessions().where(
      inArray(this.db.tables.processSessions.processSessionId, [...processSessionIds]),
    );
  }

  async listProcessTotals(processSessionIds: readonly number[]): Promise<readonly ProcessTotals[]> {
    const { processTotals: totals } = this.db.tables;
    const rows = await this.db.builder
      .select()
      .from(totals)
      .where(inArray(totals.processSessionId, [...processSessionIds]));
    const found = new Map(rows.map((row) => [row.processSessionId, row]));
    return processSessionIds.map((id) => {
      const row = found.get(id);
      return {
        linesCount: row?.linesCount ?? 0,
        feedbackCount: row?.feedbackCount ?? 0,
        extractionsCount: row?.extractionsCount ?? 0,
        lastExtractionMs: row?.lastExtractionMs ?? null,
        extractionsPrunedBeforeMs: row?.extractionsPrunedBeforeMs ?? null,
      };
    });
  }

  /** Those of the UUIDs that are there. */
  async listKnown(uuids: ReadonlySet<string>): Promise<readonly string[]> {
    if (uuids.size === 0) return [];
    const rows = await this.db.backend.read({
      sql: `SELECT s.session_uuid FROM ${this.db.functions.jsonRows('?', ['uuid text'])} AS u
        CROSS JOIN agt_process_sessions s WHERE s.session_uuid = u.uuid`,
      params: [JSON.stringify([...uuids].map((uuid) => [uuid]))],
    });
    return rows.map(([uuid]) => String(uuid));
  }

  async listStateChanges(processSessionId: number, page: PageRequest): Promise<Page<StateChange>> {
    const { stateChanges: changes } = this.db.tables;
    return listPage(
      this.db.builder
        .select({
          atMs: changes.atMs,
          state: changes.state,
          exitCode: changes.exitCode,
          metadataJson: changes.metadataJson,
        })
        .from(changes),
      {
        columns: [changes.atMs, changes.state],
        order: 'ascending',
        where: eq(changes.processSessionId, processSessionId),
      },
      page,
    );
  }

  #matches({ agent, isActive, startedFromMs, startedToMs }: ProcessFilter): SQL | undefined {
    const { processSessions: sessions } = this.db.tables;
    return and(
      agent === null ? undefined : sql`${sessions.agentId} = ${wordId('agt_agents', agent)}`,
      isActive === null ? undefined : inArray(sessions.state, isActive ? ACTIVE : FINAL),
      startedFromMs === null ? undefined : gte(sessions.startedAtMs, startedFromMs),
      startedToMs === null ? undefined : lt(sessions.startedAtMs, startedToMs),
    );
  }

  #sessions() {
    const { processSessions: sessions, agents } = this.db.tables;
    return this.db.builder
      .select({
        processSessionId: sessions.processSessionId,
        sessionUuid: sessions.sessionUuid,
        agent: sql<string>`${agents.name}`.as('agent_name'),
        environment: sessions.environment,
        startedAtMs: sessions.startedAtMs,
        // As reported; never before the start, which may have been announced after it.
        endedAtMs: sql<number | null>`CASE WHEN ${sessions.endedAtMs} < ${sessions.startedAtMs}
          THEN ${sessions.startedAtMs} ELSE ${sessions.endedAtMs} END`.as('shown_ended_at_ms'),
        state: sessions.state,
        exitCode: sessions.exitCode,
        stdoutLogPath: sessions.stdoutLogPath,
        stderrLogPath: sessions.stderrLogPath,
        extractionConfigVersion: sessions.extractionConfigVersion,
        environmentConfigVersion: sessions.environmentConfigVersion,
      })
      .from(sessions)
      .leftJoin(agents, eq(agents.id, sessions.agentId))
      .$dynamic();
  }
}

const STATES = Object.values(ProcessState);
const FINAL = STATES.filter(isFinal);
const ACTIVE = STATES.filter((state) => !isFinal(state));
