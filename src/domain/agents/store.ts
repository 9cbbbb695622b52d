import type { Page, PageRequest } from '../page.js';
import type {
  Extraction,
  ExtractionFilter,
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
  /** In the order of the ids. */
  listProcessTotals(processSessionIds: readonly number[]): Promise<readonly ProcessTotals[]>;
  /** Newest first; key [tsMs, extractionId]. */
  listExtractions(filter: ExtractionFilter, page: PageRequest): Promise<Page<Extraction>>;
  /** In time order; key [atMs, state]. */
  listStateChanges(processSessionId: number, page: PageRequest): Promise<Page<StateChange>>;
  /** In time order; key [tsMs, clientSeq, extractionId]. */
  listSessionExtractions(processSessionId: number, page: PageRequest): Promise<Page<Extraction>>;
}
