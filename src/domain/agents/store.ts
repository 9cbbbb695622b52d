import type { Page, PageRequest } from '../page.js';
import type { Extraction, ProcessSession, StateChange } from './types.js';

/** What is asked about process sessions. */
export interface AgentStore {
  getProcessSession(sessionUuid: string): Promise<ProcessSession | null>;
  /** In time order; key [atMs, state]. */
  listStateChanges(processSessionId: number, page: PageRequest): Promise<Page<StateChange>>;
  /** In time order; key [tsMs, clientSeq, extractionId]. */
  listSessionExtractions(processSessionId: number, page: PageRequest): Promise<Page<Extraction>>;
}
