import type { Extraction as ExtractionModel, ExtractionFilter } from '../../domain/agents/types.js';
import { unavailable } from '../../domain/errors.js';
import { builder } from '../builder.js';
import { ANY_AGENT } from '../commit-feed.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { Extraction, ExtractionFilterInput, toExtractionFilter } from './extraction.js';

/** Least time between two looks of one subscription, ms. */
const MIN_LOOK_MS = 100;
/** Events read at once: what a slow client holds on the server. */
const PAGE_EVENTS = 100;

/** What is stored behind an event, in the order in which it is stored. A slow client is behind, and misses nothing. */
async function* agentActivity(
  { store: { agents }, feed, clock }: Services,
  filter: ExtractionFilter,
  afterId: number,
  signal: AbortSignal,
): AsyncGenerator<ExtractionModel> {
  const wakeup = new Wakeup();
  const stop = feed.listen('agentActivity', ANY_AGENT[0], () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    let lastId = afterId;
    while (!signal.aborted) {
      const found = await agents.listExtractionsAfter(filter, lastId, PAGE_EVENTS);
      for (const extraction of found) {
        lastId = extraction.extractionId;
        yield extraction;
      }
      if (found.length === PAGE_EVENTS) continue;
      await wakeup.wait(signal);
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
      'Extraction events as they are stored through this server, from now on; one that is sent again does not come again.',
    args: { filter: t.arg({ type: ExtractionFilterInput }) },
    async subscribe(_root, { filter: given }, { services }) {
      const filter = toExtractionFilter(given);
      const lastId = await services.store.agents.getLastExtractionId();
      return services.streams.open((signal) => agentActivity(services, filter, lastId, signal));
    },
    resolve: (extraction) => extraction,
  }),
);
