import type { Page, PageRequest } from '../page.js';
import type { SearchQuery } from '../search/query.js';
import type { SliceRange } from '../time.js';
import type { ActivityCounts, AgentStatistics, PatternStatistics } from './statistics.js';
import type {
  CodeBlock,
  CodeBlockFilter,
  Extraction,
  ExtractionFilter,
  ExtractionHit,
  ProcessFilter,
  ProcessSession,
  ProcessTotals,
  StateChange,
} from './types.js';

/** What is asked about process sessions. */
export interface AgentStore {
  getProcessSession(sessionUuid: string): Promise<ProcessSession | null>;
  /** Newest first; key [startedAtMs, processSessionId]. */
  listProcessSessions(filter: ProcessFilter, page: PageRequest): Promise<Page<ProcessSession>>;
  countProcessSessions(filter: ProcessFilter): Promise<number>;
  /** Those of the ids that are there, in any order. */
  listProcessSessionsByIds(processSessionIds: readonly number[]): Promise<readonly ProcessSession[]>;
  /** In the order of the ids. */
  listProcessTotals(processSessionIds: readonly number[]): Promise<readonly ProcessTotals[]>;
  /** Newest first; key [tsMs, extractionId]. */
  listExtractions(filter: ExtractionFilter, page: PageRequest): Promise<Page<Extraction>>;
  countExtractions(filter: ExtractionFilter): Promise<number>;
  /** In time order; key [atMs, state]. */
  listStateChanges(processSessionId: number, page: PageRequest): Promise<Page<StateChange>>;
  /** In time order; key [tsMs, clientSeq, extractionId]. */
  listSessionExtractions(processSessionId: number, page: PageRequest): Promise<Page<Extraction>>;
  /** The number of the newest event; 0 when there is none. */
  getLastExtractionId(): Promise<number>;
  /** In the order in which they were stored, behind one; at most `size`. */
  listExtractionsAfter(
    filter: ExtractionFilter,
    afterId: number,
    size: number,
  ): Promise<readonly Extraction[]>;
  /** Best first; key [rank as text, documentId] (search/types.ts `keyOfHit`). */
  searchExtractions(
    query: SearchQuery,
    filter: ExtractionFilter,
    page: PageRequest,
  ): Promise<Page<ExtractionHit>>;
  /** Null for one that never ran. Range null is for ever. */
  summarizeAgent(agent: string, range: SliceRange | null): Promise<AgentStatistics | null>;
  /** Null for one that never matched. */
  summarizePattern(pattern: string, range: SliceRange | null): Promise<PatternStatistics | null>;
  /** Of each run of slices, in their order; agent null is all. */
  summarizeActivity(agent: string | null, runs: readonly SliceRange[]): Promise<readonly ActivityCounts[]>;
  /** By its SHA-256, 64 hex digits. */
  getCodeBlock(digest: string): Promise<CodeBlock | null>;
  listCodeBlocksByIds(codeBlockIds: readonly number[]): Promise<readonly CodeBlock[]>;
  /** Newest first; key [firstSeenMs, codeBlockId]. */
  listCodeBlocks(filter: CodeBlockFilter, page: PageRequest): Promise<Page<CodeBlock>>;
  countCodeBlocks(filter: CodeBlockFilter): Promise<number>;
}
