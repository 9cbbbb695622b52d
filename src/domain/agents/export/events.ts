import type { Page, PageKey, PageRequest } from '../../page.js';
import { withCode } from '../found-code.js';
import type { ProcessEvent } from '../process-event.js';
import type { AgentStore } from '../store.js';

/** Rows that an export holds of each of its two lists; with the code of all of them some megabytes. */
const PAGE_ROWS = 200;

/** State changes and extractions of a process session in time order; at one instant the state change comes first. */
export async function* listProcessEvents(
  store: AgentStore,
  processSessionId: number,
): AsyncGenerator<ProcessEvent> {
  const changes = rowsOf(
    (page) => store.listStateChanges(processSessionId, page),
    ({ atMs, state }) => [atMs, state],
  );
  const extractions = rowsOf(
    async (page) => withCode(store, await store.listSessionExtractions(processSessionId, page)),
    ({ extraction: { tsMs, clientSeq, extractionId } }) => [tsMs, clientSeq, extractionId],
  );
  let change = await changes.next();
  for await (const { extraction, code } of extractions) {
    for (; change.done !== true && change.value.atMs <= extraction.tsMs; change = await changes.next())
      yield { kind: 'STATE', atMs: change.value.atMs, change: change.value };
    yield { kind: 'EXTRACTION', atMs: extraction.tsMs, extraction, code };
  }
  for (; change.done !== true; change = await changes.next())
    yield { kind: 'STATE', atMs: change.value.atMs, change: change.value };
}

async function* rowsOf<Row>(
  list: (page: PageRequest) => Promise<Page<Row>>,
  keyOf: (row: Row) => PageKey,
): AsyncGenerator<Row> {
  let start: PageKey | null = null;
  for (let hasMore = true; hasMore;) {
    const page: Page<Row> = await list({ direction: 'forward', size: PAGE_ROWS, start });
    yield* page.rows;
    const last = page.rows.at(-1);
    hasMore = page.hasMore && last !== undefined;
    if (last !== undefined) start = keyOf(last);
  }
}
