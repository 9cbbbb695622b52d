import { and, asc, eq, gt, gte, inArray, lt, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Extraction, ExtractionFilter, ExtractionHit } from '../../domain/agents/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { SearchQuery } from '../../domain/search/query.js';
import { SearchDomain } from '../../domain/search/types.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { wordId, type AgentWordTable } from './agent-words.js';
import { countRows, listPage, mapPage } from './keyset.js';
import { SearchQueries, type SubjectFilter } from './search.js';

/** What patterns found, by session, by filter and by words. */
export class AgentExtractionQueries {
  readonly #search: SearchQueries;

  constructor(private readonly db: Db) {
    this.#search = new SearchQueries(db);
  }

  async listSessionExtractions(processSessionId: number, page: PageRequest): Promise<Page<Extraction>> {
    const { extractions } = this.db.tables;
    return mapPage(
      await listPage(
        this.#rows(),
        {
          columns: [extractions.tsMs, extractions.clientSeq, extractions.extractionId],
          order: 'ascending',
          where: eq(extractions.processSessionId, processSessionId),
        },
        page,
      ),
      toExtraction,
    );
  }

  async listExtractions(filter: ExtractionFilter, page: PageRequest): Promise<Page<Extraction>> {
    const { extractions } = this.db.tables;
    return mapPage(
      await listPage(
        this.#rows(),
        {
          columns: [extractions.tsMs, extractions.extractionId],
          order: 'descending',
          where: this.#where(filter),
        },
        page,
      ),
      toExtraction,
    );
  }

  countExtractions(filter: ExtractionFilter): Promise<number> {
    return countRows(this.db, this.db.tables.extractions, this.#where(filter));
  }

  async getLastExtractionId(): Promise<number> {
    // Nearly every event has words: from the last one that has, it is a short way to the last one.
    const rows = await this.db.backend.read({
      sql: `SELECT COALESCE(MAX(extraction_id), 0) FROM agt_extractions WHERE extraction_id >= COALESCE(
        (SELECT MAX(subject_id) FROM sys_search_documents WHERE domain = ${SearchDomain.EXTRACTION}), 0)`,
      params: [],
    });
    return Number(rows[0]?.[0] ?? 0);
  }

  async listExtractionsAfter(
    filter: ExtractionFilter,
    afterId: number,
    size: number,
  ): Promise<readonly Extraction[]> {
    const { extractionId } = this.db.tables.extractions;
    const rows = await this.#rows()
      .where(and(gt(extractionId, afterId), this.#where(filter)))
      .orderBy(asc(extractionId))
      .limit(size);
    return rows.map(toExtraction);
  }

  async searchExtractions(
    query: SearchQuery,
    filter: ExtractionFilter,
    page: PageRequest,
  ): Promise<Page<ExtractionHit>> {
    const hits = await this.#search.listHits(SearchDomain.EXTRACTION, query, subjectFilter(filter), page);
    if (hits.rows.length === 0) return { rows: [], hasMore: hits.hasMore };
    const { extractions } = this.db.tables;
    const rows = await this.#rows().where(
      and(
        inArray(
          extractions.extractionId,
          hits.rows.map(({ subjectId }) => subjectId),
        ),
        // The instant names the part of the table on PostgreSQL, and an index there.
        inArray(
          extractions.tsMs,
          hits.rows.map(({ atMs }) => atMs),
        ),
      ),
    );
    const found = new Map(rows.map((row) => [row.extractionId, toExtraction(row)]));
    return {
      // One that retention removed between the two reads is left out.
      rows: hits.rows.flatMap(({ documentId, rank, subjectId }) => {
        const extraction = found.get(subjectId);
        return extraction === undefined ? [] : [{ documentId, rank, extraction }];
      }),
      hasMore: hits.hasMore,
    };
  }

  #where(filter: ExtractionFilter): SQL | undefined {
    const { extractions } = this.db.tables;
    const named = (column: SQLiteColumn, table: AgentWordTable, word: string | null) =>
      word === null ? undefined : sql`${column} = ${wordId(table, word)}`;
    return and(
      named(extractions.agentId, 'agt_agents', filter.agent),
      filter.sessionUuid === null
        ? undefined
        : sql`${extractions.processSessionId} =
            (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ${filter.sessionUuid})`,
      named(extractions.typeId, 'agt_extraction_types', filter.type),
      named(extractions.patternId, 'agt_patterns', filter.pattern),
      named(extractions.codeLanguageId, 'agt_code_languages', filter.language),
      filter.codeBlockId === null ? undefined : eq(extractions.codeBlockId, filter.codeBlockId),
      filter.riskLevel === null ? undefined : eq(extractions.riskLevel, filter.riskLevel),
      filter.minRiskLevel === null ? undefined : gte(extractions.riskLevel, filter.minRiskLevel),
      filter.fromMs === null ? undefined : gte(extractions.tsMs, filter.fromMs),
      filter.toMs === null ? undefined : lt(extractions.tsMs, filter.toMs),
    );
  }

  #rows() {
    const { extractions, agents, extractionTypes, patterns, codeLanguages } = this.db.tables;
    return (
      this.db.builder
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
          lineEnd: extractions.lineEnd,
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
        .$dynamic()
    );
  }
}

/** The same filter over the documents of a search; null when nothing narrows it. */
function subjectFilter(filter: ExtractionFilter): SubjectFilter | null {
  const conditions: [condition: string, value: SqlValue][] = [];
  const add = (condition: string, value: SqlValue) => {
    if (value !== null) conditions.push([condition, value]);
  };
  const word = (table: AgentWordTable) => `(SELECT id FROM ${table} WHERE name = ?)`;
  add(`e.agent_id = ${word('agt_agents')}`, filter.agent);
  add(
    'e.process_session_id = (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ?)',
    filter.sessionUuid,
  );
  add(`e.type_id = ${word('agt_extraction_types')}`, filter.type);
  add(`e.pattern_id = ${word('agt_patterns')}`, filter.pattern);
  add(`e.code_language_id = ${word('agt_code_languages')}`, filter.language);
  add('e.code_block_id = ?', filter.codeBlockId);
  add('e.risk_level = ?', filter.riskLevel);
  add('e.risk_level >= ?', filter.minRiskLevel);
  const times: [condition: string, value: SqlValue][] = [];
  if (filter.fromMs !== null) times.push(['d.at_ms >= ?', filter.fromMs]);
  if (filter.toMs !== null) times.push(['d.at_ms < ?', filter.toMs]);
  const texts = times.map(([condition]) => condition);
  if (conditions.length > 0) {
    texts.push(`EXISTS (SELECT 1 FROM agt_extractions e WHERE e.extraction_id = d.subject_id AND e.ts_ms = d.at_ms
      AND ${conditions.map(([condition]) => condition).join(' AND ')})`);
  }
  if (texts.length === 0) return null;
  return { sql: texts.join(' AND '), params: [...times, ...conditions].map(([, value]) => value) };
}

interface ExtractionRow extends Omit<Extraction, 'isAutoConfirmable' | 'agent' | 'type' | 'pattern'> {
  readonly isAutoConfirmable: number;
  readonly agent: string | null;
  readonly type: string | null;
  readonly pattern: string | null;
}

const toExtraction = ({ isAutoConfirmable, agent, type, pattern, ...row }: ExtractionRow): Extraction => ({
  ...row,
  agent: agent ?? '',
  type: type ?? '',
  pattern: pattern ?? '',
  isAutoConfirmable: isAutoConfirmable === 1,
});
