/** Listeners at once; a subscription is one. */
const MAX_LISTENERS = 1_000;

/** What subscriptions follow; each is named by its UUID, but for the activity of all agents. */
export type FeedTopic = 'session' | 'extractionJob' | 'transcodingJob' | 'agentActivity';
/** The one name of the topic agentActivity. */
export const ANY_AGENT: readonly [string] = ['any'];

/** Tells subscriptions what a commit touched. Holds nothing: a slow listener sees only the newest state. */
export class CommitFeed {
  readonly #listeners: Readonly<Record<FeedTopic, Map<string, Set<() => void>>>> = {
    session: new Map(),
    extractionJob: new Map(),
    transcodingJob: new Map(),
    agentActivity: new Map(),
  };
  #count = 0;

  publish(topic: FeedTopic, uuids: Iterable<string>): void {
    const listeners = this.#listeners[topic];
    if (listeners.size === 0) return;
    for (const uuid of uuids) for (const notify of listeners.get(uuid) ?? []) notify();
  }

  /** Null when too many listen already. The returned function ends it. */
  listen(topic: FeedTopic, uuid: string, notify: () => void): (() => void) | null {
    if (this.#count >= MAX_LISTENERS) return null;
    const listeners = this.#listeners[topic];
    const own = listeners.get(uuid) ?? new Set();
    own.add(notify);
    listeners.set(uuid, own);
    this.#count += 1;
    return () => {
      if (!own.delete(notify)) return;
      this.#count -= 1;
      if (own.size === 0) listeners.delete(uuid);
    };
  }
}
