import { ActivityTail } from '../../domain/agents/activity-tail.js';
import type { Extraction as ExtractionModel } from '../../domain/agents/types.js';
import { unavailable } from '../../domain/errors.js';
import { builder } from '../builder.js';
import { ANY_AGENT } from '../commit-feed.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { Extraction, ExtractionFilterInput, toExtractionFilter } from './extraction.js';

/** Least time between two looks of one subscription, ms. */
const MIN_LOOK_MS = 100;
/** Longest time until what another instance stored is looked for, ms. */
const MAX_LOOK_MS = 2_000;

/** What is stored from now on. A slow client is behind, and misses nothing. */
async function* agentActivity(
  { store, feed, clock }: Services,
  tail: ActivityTail,
  signal: AbortSignal,
): AsyncGenerator<ExtractionModel> {
  const wakeup = new Wakeup();
  const stop = feed.listen('agentActivity', ANY_AGENT[0], () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    while (!signal.aborted) {
      const found = await tail.read();
      if (found !== null) {
        yield* found;
        continue;
      }
      const waiting = new AbortController();
      const until = AbortSignal.any([signal, waiting.signal]);
      await Promise.race([wakeup.wait(until), ...(store.isShared ? [sleep(clock, MAX_LOOK_MS, until)] : [])]);
      waiting.abort();
      await sleep(clock, MIN_LOOK_MS, signal);
    }
  } finally {
    stop();
  }
}

builder.subscriptionField('agentActivity', (t) =>
  t.field({
    type: Extraction,
    description:
      'Extraction events as they are stored, from now on; one that is sent again does not come again. Those of other instances come within seconds.',
    args: { filter: t.arg({ type: ExtractionFilterInput }) },
    async subscribe(_root, { filter: given }, { services }) {
      const filter = toExtractionFilter(given);
      const tail = await ActivityTail.open(services.store.agents, filter, services.store.isShared);
      return services.streams.open((signal) => agentActivity(services, tail, signal));
    },
    resolve: (extraction) => extraction,
  }),
);
