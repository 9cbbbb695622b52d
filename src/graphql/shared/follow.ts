import { unavailable } from '../../domain/errors.js';
import type { FeedTopic } from '../commit-feed.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from './wakeup.js';

/** Least time between two answers of one subscription, ms: what changed meanwhile is in the next. */
const MIN_PROGRESS_MS = 100;

/** One thing that changes, and the way to its present state. */
export interface Followed<State> {
  readonly topic: FeedTopic;
  readonly uuid: string;
  /** Null while there is nothing to tell yet; throws where there is nothing to wait for. */
  readonly read: () => Promise<State | null>;
  /** Nothing comes after this state. */
  readonly isLast: (state: State) => boolean;
}

/**
 * The state now, and again after each change that this server hears of, until the last one. Nothing piles up behind a
 * client that does not read: it is told the newest state when it does. Throws UNAVAILABLE past the bound of the feed.
 */
export async function* follow<State>(
  { feed, clock }: Pick<Services, 'feed' | 'clock'>,
  { topic, uuid, read, isLast }: Followed<State>,
  signal: AbortSignal,
): AsyncGenerator<State> {
  const wakeup = new Wakeup();
  const stop = feed.listen(topic, uuid, () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    while (!signal.aborted) {
      const state = await read();
      if (state !== null) {
        yield state;
        if (isLast(state)) return;
      }
      await wakeup.wait(signal);
      await sleep(clock, MIN_PROGRESS_MS, signal);
    }
  } finally {
    stop();
  }
}
