import { and, eq, sql } from 'drizzle-orm';
import type { AgentStore } from '../../domain/agents/store.js';
import type { Extraction, ProcessSession, StateChange } from '../../domain/agents/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { keysetOf, readPage } from './keyset.js';

/** One process session, and what happened in it. */
export class ProcessSessionQueries implements AgentStore {
  constructor(private readonly db: Db) {}

  async getProcessSession(sessionUuid: string): Promise<ProcessSession | null> {
    const { processSessions: sessions, agents } = this.db.tables;
    const rows = await this.db.builder
      .select({
        processSessionId: sessions.processSessionId,
        sessionUuid: sessions.sessionUuid,
        agent: agents.name,
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
      .innerJoin(agents, eq(agents.id, sessions.agentId))
      .where(eq(sessions.sessionUuid, sessionUuid));
    return rows[0] ?? null;
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
    const keyset = keysetOf([changes.atMs, changes.state], 'ascending', page);
    const rows = this.db.builder
      .select({
        atMs: changes.atMs,
        state: changes.state,
        exitCode: changes.exitCode,
        metadataJson: changes.metadataJson,
      })
      .from(changes)
      .where(and(eq(changes.processSessionId, processSessionId), keyset.where))
      .orderBy(...keyset.orderBy)
      .limit(keyset.limit);
    return readPage(page, rows);
  }

  async listSessionExtractions(processSessionId: number, page: PageRequest): Promise<Page<Extraction>> {
    const { extractions, agents, extractionTypes, patterns, codeLanguages } = this.db.tables;
    const keyset = keysetOf(
      [extractions.tsMs, extractions.clientSeq, extractions.extractionId],
      'ascending',
      page,
    );
    const rows = this.db.builder
      .select({
        extractionId: extractions.extractionId,
        processSessionId: extractions.processSessionId,
        tsMs: extractions.tsMs,
        clientSeq: extractions.clientSeq,
        agent: agents.name,
        type: extractionTypes.name,
        pattern: patterns.name,
        riskLevel: extractions.riskLevel,
        isAutoConfirmable: extractions.isAutoConfirmable,
        lineNumber: extractions.lineNumber,
        matchedValue: extractions.matchedValue,
        originalLine: extractions.originalLine,
        metadataJson: extractions.metadataJson,
        codeBlockId: extractions.codeBlockId,
        codeLanguage: codeLanguages.name,
      })
      .from(extractions)
      // Left joins keep the order of the key: the dictionaries are looked up for the rows of the page only.
      .leftJoin(agents, eq(agents.id, extractions.agentId))
      .leftJoin(extractionTypes, eq(extractionTypes.id, extractions.typeId))
      .leftJoin(patterns, eq(patterns.id, extractions.patternId))
      .leftJoin(codeLanguages, eq(codeLanguages.id, extractions.codeLanguageId))
      .where(and(eq(extractions.processSessionId, processSessionId), keyset.where))
      .orderBy(...keyset.orderBy)
      .limit(keyset.limit);
    return readPage(
      page,
      rows.then((found) =>
        found.map(({ isAutoConfirmable, agent, type, pattern, ...row }): Extraction => ({
          ...row,
          agent: agent ?? '',
          type: type ?? '',
          pattern: pattern ?? '',
          isAutoConfirmable: isAutoConfirmable === 1,
        })),
      ),
    );
  }
}
