import type { AgentStore } from './store.js';
import type { Extraction, ExtractionFilter } from './types.js';

/** Events read at once: what a slow client holds on the server. */
export const PAGE_EVENTS = 100;
/**
 * Several instances take ids in turn and commit in any order. A flush has at most a few hundred events, and it is over in
 * a moment: so far below the highest id that was seen is looked again, and what came already is known.
 */
export const OVERLAP_IDS = 1_000;

/** What is stored from now on, each event once, in the order in which it is found. */
export class ActivityTail {
  readonly #seen = new Set<number>();
  #nextId: number;
  /** The last look found nothing new: perhaps because nothing passes the filter. */
  #wasQuiet = false;

  private constructor(
    private readonly store: Pick<AgentStore, 'listExtractionsAfter' | 'getLastExtractionId'>,
    private readonly filter: ExtractionFilter,
    private readonly overlapIds: number,
    private highestId: number,
  ) {
    this.#nextId = this.#floor();
  }

  /** `isShared`: other instances write as well. */
  static async open(
    store: Pick<AgentStore, 'listExtractionsAfter' | 'getLastExtractionId'>,
    filter: ExtractionFilter,
    isShared: boolean,
  ): Promise<ActivityTail> {
    const tail = new ActivityTail(
      store,
      filter,
      isShared ? OVERLAP_IDS : 0,
      await store.getLastExtractionId(),
    );
    if (isShared) while ((await tail.read()) !== null);
    return tail;
  }

  /** New events of the next page; null when all pages were read, and the next call begins again. */
  async read(): Promise<readonly Extraction[] | null> {
    // Asked before the page: what is stored by then is in it. Else a filter that nothing passes would look through
    // everything since the start, at every look.
    const lastId = this.#wasQuiet ? await this.store.getLastExtractionId() : 0;
    const found = await this.store.listExtractionsAfter(this.filter, this.#nextId, PAGE_EVENTS);
    const fresh = found.filter(({ extractionId }) => !this.#seen.has(extractionId));
    for (const { extractionId } of found) {
      this.#nextId = extractionId;
      this.highestId = Math.max(this.highestId, extractionId);
      if (this.overlapIds > 0) this.#seen.add(extractionId);
    }
    this.#wasQuiet = fresh.length === 0;
    if (found.length === PAGE_EVENTS || fresh.length > 0) return fresh;
    this.highestId = Math.max(this.highestId, lastId);
    this.#nextId = this.#floor();
    for (const id of this.#seen) if (id <= this.#nextId) this.#seen.delete(id);
    return null;
  }

  /** Below it nothing is looked for again. */
  #floor(): number {
    return Math.max(0, this.highestId - this.overlapIds);
  }
}
