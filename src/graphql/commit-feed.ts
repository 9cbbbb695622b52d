/** Listeners at once; a subscription is one. */
const MAX_LISTENERS = 1_000;

/** Tells subscriptions which sessions a commit touched. Holds nothing: a slow listener sees only the newest state. */
export class CommitFeed {
  readonly #listeners = new Map<string, Set<() => void>>();
  #count = 0;

  publish(sessionUuids: ReadonlySet<string>): void {
    if (this.#count === 0) return;
    for (const uuid of sessionUuids) for (const notify of this.#listeners.get(uuid) ?? []) notify();
  }

  /** False when too many listen already. The returned function ends it. */
  listen(sessionUuid: string, notify: () => void): (() => void) | null {
    if (this.#count >= MAX_LISTENERS) return null;
    const own = this.#listeners.get(sessionUuid) ?? new Set();
    own.add(notify);
    this.#listeners.set(sessionUuid, own);
    this.#count += 1;
    return () => {
      if (!own.delete(notify)) return;
      this.#count -= 1;
      if (own.size === 0) this.#listeners.delete(sessionUuid);
    };
  }
}
