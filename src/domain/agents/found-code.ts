import type { Page } from '../page.js';
import type { AgentStore } from './store.js';
import type { CodeBlock, Extraction } from './types.js';

/** An extraction event with the code it found. */
export interface CodedExtraction {
  readonly extraction: Extraction;
  readonly code: CodeBlock | null;
}

/** Finds the code of a page of events by one question, and by none where no event has any. */
export async function withCode(
  store: Pick<AgentStore, 'listCodeBlocksByIds'>,
  { rows, hasMore }: Page<Extraction>,
): Promise<Page<CodedExtraction>> {
  const ids = new Set(rows.flatMap(({ codeBlockId }) => (codeBlockId === null ? [] : [codeBlockId])));
  const blocks = ids.size === 0 ? [] : await store.listCodeBlocksByIds([...ids]);
  const found = new Map(blocks.map((block) => [block.codeBlockId, block]));
  return {
    rows: rows.map((extraction) => ({ extraction, code: found.get(extraction.codeBlockId ?? -1) ?? null })),
    hasMore,
  };
}
