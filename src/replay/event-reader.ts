import { listMerged, type PlacedEvent } from '../domain/replay/merge.js';
import type { ReplayPosition } from '../domain/replay/position.js';
import type { ReplaySession } from '../domain/replay/source.js';

/** Events read ahead. A replay never holds more, however slow its client is. */
const PAGE_EVENTS = 100;

/** The events of a session behind a position, one page at a time. */
export class EventReader {
  #rows: readonly PlacedEvent[] = [];
  #index = 0;
  #hasMore = true;
  /** Counts seeks: a page that was asked for before one is thrown away. */
  #seekCount = 0;

  constructor(
    private readonly session: ReplaySession,
    private position: ReplayPosition,
  ) {}

  seek(position: ReplayPosition): void {
    this.position = position;
    this.#rows = [];
    this.#index = 0;
    this.#hasMore = true;
    this.#seekCount += 1;
  }

  /** The next event, or null when nothing more is stored. It stays the next until it is taken. */
  async peek(): Promise<PlacedEvent | null> {
    for (;;) {
      const next = this.#rows[this.#index];
      if (next !== undefined) return next;
      if (!this.#hasMore) return null;
      const seekCount = this.#seekCount;
      const page = await listMerged(this.session.tracks, this.position, PAGE_EVENTS);
      if (seekCount !== this.#seekCount) continue;
      this.#rows = page.rows;
      this.#index = 0;
      this.#hasMore = page.hasMore;
    }
  }

  take(event: PlacedEvent): void {
    this.#index += 1;
    this.position = event;
  }
}
