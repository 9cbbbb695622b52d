import type { AgentStore } from '../domain/agents/store.js';
import type { Db } from './database.js';
import { AgentStatisticsQueries } from './queries/agent-statistics.js';
import { CodeBlockQueries } from './queries/code-blocks.js';
import { AgentExtractionQueries } from './queries/extractions.js';
import type { ProcessSessionQueries } from './queries/process-sessions.js';

/** Questions about process sessions. */
export function createAgentStore(db: Db, sessions: ProcessSessionQueries): AgentStore {
  const extractions = new AgentExtractionQueries(db);
  const statistics = new AgentStatisticsQueries(db);
  const codeBlocks = new CodeBlockQueries(db);
  return {
    getProcessSession: (uuid) => sessions.getProcessSession(uuid),
    listProcessSessions: (filter, page) => sessions.listProcessSessions(filter, page),
    countProcessSessions: (filter) => sessions.countProcessSessions(filter),
    listProcessSessionsByIds: (ids) => sessions.listProcessSessionsByIds(ids),
    listProcessTotals: (ids) => sessions.listProcessTotals(ids),
    listStateChanges: (id, page) => sessions.listStateChanges(id, page),
    listSessionExtractions: (id, page) => extractions.listSessionExtractions(id, page),
    listExtractions: (filter, page) => extractions.listExtractions(filter, page),
    countExtractions: (filter) => extractions.countExtractions(filter),
    getLastExtractionId: () => extractions.getLastExtractionId(),
    listExtractionsAfter: (filter, afterId, size) => extractions.listExtractionsAfter(filter, afterId, size),
    searchExtractions: (query, filter, page) => extractions.searchExtractions(query, filter, page),
    summarizeAgent: (agent, range) => statistics.summarizeAgent(agent, range),
    summarizePattern: (pattern, range) => statistics.summarizePattern(pattern, range),
    summarizeActivity: (agent, runs) => statistics.summarizeActivity(agent, runs),
    getCodeBlock: (digest) => codeBlocks.getCodeBlock(digest),
    listCodeBlocksByIds: (ids) => codeBlocks.listCodeBlocksByIds(ids),
    listCodeBlocks: (filter, page) => codeBlocks.listCodeBlocks(filter, page),
    countCodeBlocks: (filter) => codeBlocks.countCodeBlocks(filter),
  };
}
