import type { AgentStore } from '../../src/domain/agents/store.js';
import { listActivity } from '../../src/domain/agents/timeline.js';
import type {
  CodeBlock,
  Extraction,
  ExtractionFilter,
  ProcessSession,
} from '../../src/domain/agents/types.js';
import type { TrendBucket } from '../../src/domain/bucket.js';
import { parseRange } from '../../src/domain/immersion/statistics.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { keyOfHit } from '../../src/domain/search/types.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import type { TimeRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { ANY_EXTRACTION } from '../support/agent-commands.js';
import {
  inCodeOrder,
  inListOrder,
  type AgentAnswers,
  type CodeQuestion,
  type ExtractionAnswer,
  type ExtractionQuestion,
  type ProcessQuestion,
} from './agent-answers.js';
import { expectSame } from './compare.js';
import { pages } from './pages.js';

const rangeOf = (range: TimeRange | null) => (range === null ? null : parseRange(range));

/** The product behind its port: any store, and the domain functions above it, as the API uses them. */
export class StoreAgentAnswers implements AgentAnswers {
  /** Asked for anew each time: a restart brings another store. */
  constructor(private readonly storeNow: () => StatsStore) {}

  async processes({ agent, isActive, started }: ProcessQuestion) {
    const filter = {
      ...{ agent: agent ?? null, isActive: isActive ?? null },
      ...{ startedFromMs: started?.fromMs ?? null, startedToMs: started?.toMs ?? null },
    };
    const rows = await pages<ProcessSession>(
      (page) => this.#agents.listProcessSessions(filter, page),
      ({ startedAtMs, processSessionId }) => [startedAtMs, processSessionId],
    );
    expectSame('count of processes', rows.length, await this.#agents.countProcessSessions(filter));
    const totals = await this.#agents.listProcessTotals(rows.map(({ processSessionId }) => processSessionId));
    return rows.map((row, index) => {
      const { linesCount, feedbackCount, extractionsCount, lastExtractionMs } = totals[index]!;
      return {
        ...{ sessionUuid: row.sessionUuid, agent: row.agent, environment: row.environment },
        ...{ extractionConfigVersion: row.extractionConfigVersion, startedAtMs: row.startedAtMs },
        ...{ endedAtMs: row.endedAtMs, state: row.state, exitCode: row.exitCode },
        ...{ linesCount, feedbackCount, extractionsCount, lastExtractionMs },
      };
    });
  }

  async states(sessionUuid: string) {
    const id = await this.#idOf(sessionUuid);
    return pages(
      (page) => this.#agents.listStateChanges(id, page),
      ({ atMs, state }) => [atMs, state],
    );
  }

  async extractionsOf(sessionUuid: string) {
    const id = await this.#idOf(sessionUuid);
    const rows = await pages<Extraction>(
      (page) => this.#agents.listSessionExtractions(id, page),
      (e) => [e.tsMs, e.clientSeq, e.extractionId],
    );
    return this.#toAnswers(rows);
  }

  async extractions(question: ExtractionQuestion) {
    const filter = filterOf(question);
    const rows = await pages<Extraction>(
      (page) => this.#agents.listExtractions(filter, page),
      (e) => [e.tsMs, e.extractionId],
    );
    expectSame('count of extraction events', rows.length, await this.#agents.countExtractions(filter));
    if (rows.some(({ tsMs }, index) => tsMs < (rows[index + 1]?.tsMs ?? 0)))
      throw new Error('Extraction events are not newest first');
    return inListOrder(await this.#toAnswers(rows));
  }

  async found(word: string, question: ExtractionQuestion) {
    const hits = await pages(
      (page) => this.#agents.searchExtractions(parseSearchQuery(word), filterOf(question), page),
      keyOfHit,
    );
    return inListOrder(await this.#toAnswers(hits.map(({ extraction }) => extraction)));
  }

  agentStats(agent: string, range: TimeRange | null) {
    return this.#agents.summarizeAgent(agent, rangeOf(range));
  }

  patternStats(pattern: string, range: TimeRange | null) {
    return this.#agents.summarizePattern(pattern, rangeOf(range));
  }

  async activity(agent: string | null, range: TimeRange, bucket: TrendBucket, zone: string) {
    const points = await listActivity(this.#agents, agent, parseRange(range), bucket, zoneOf(zone));
    return points.map(({ bucket: { startMs }, sessions, extractionsCount, byRisk }) => ({
      ...{ startMs, ...sessions, extractionsCount },
      byRisk: byRisk.map(({ riskLevel, count }) => [riskLevel, count] as const),
    }));
  }

  async codeBlocks({ agent, sessionUuid, language, isParseable }: CodeQuestion) {
    const filter = {
      ...{ agent: agent ?? null, sessionUuid: sessionUuid ?? null },
      ...{ language: language ?? null, isParseable: isParseable ?? null },
    };
    const rows = await pages<CodeBlock>(
      (page) => this.#agents.listCodeBlocks(filter, page),
      ({ firstSeenMs, codeBlockId }) => [firstSeenMs, codeBlockId],
    );
    expectSame('count of code', rows.length, await this.#agents.countCodeBlocks(filter));
    return inCodeOrder(
      rows.map(({ content, language: own, isParseable: parses, linesCount, firstSeenMs }) => ({
        ...{ content, language: own, isParseable: parses, linesCount, firstSeenMs },
      })),
    );
  }

  async deadLetters() {
    const rows = await pages(
      (page) => this.storeNow().system.listDeadLetters(null, page),
      ({ deadLetterId }) => [deadLetterId],
    );
    return rows.map(({ kind, code }) => `${kind} ${code}`).toSorted();
  }

  get #agents(): AgentStore {
    return this.storeNow().agents;
  }

  async #idOf(sessionUuid: string): Promise<number> {
    return (await this.#agents.getProcessSession(sessionUuid))!.processSessionId;
  }

  /** Surrogate ids are nobody's business. */
  async #toAnswers(rows: readonly Extraction[]): Promise<ExtractionAnswer[]> {
    const own = [...new Set(rows.map(({ processSessionId }) => processSessionId))];
    const found = await this.#agents.listProcessSessionsByIds(own);
    const sessions = new Map(found.map((session) => [session.processSessionId, session.sessionUuid]));
    const ids = rows.flatMap(({ codeBlockId }) => (codeBlockId === null ? [] : [codeBlockId]));
    const blocks = await this.#agents.listCodeBlocksByIds([...new Set(ids)]);
    return rows.map((row) => ({
      ...{ sessionUuid: sessions.get(row.processSessionId) ?? '', agent: row.agent, tsMs: row.tsMs },
      ...{ clientSeq: row.clientSeq, type: row.type, pattern: row.pattern, riskLevel: row.riskLevel },
      ...{ isAutoConfirmable: row.isAutoConfirmable, lineNumber: row.lineNumber, lineEnd: row.lineEnd },
      ...{ matchedValue: row.matchedValue, originalLine: row.originalLine, metadataJson: row.metadataJson },
      codeLanguage: row.codeLanguage,
      code: blocks.find(({ codeBlockId }) => codeBlockId === row.codeBlockId)?.content ?? null,
    }));
  }
}

const filterOf = ({ within, ...question }: ExtractionQuestion): ExtractionFilter => ({
  ...ANY_EXTRACTION,
  ...question,
  fromMs: within?.fromMs ?? null,
  toMs: within?.toMs ?? null,
});
