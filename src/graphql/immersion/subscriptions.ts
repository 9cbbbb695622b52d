import { unavailable } from '../../domain/errors.js';
import type { Session as SessionModel } from '../../domain/immersion/types.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { Session } from './session.js';

/** Least time between two answers of one subscription, ms: what changed meanwhile is in the next. */
const MIN_PROGRESS_MS = 100;

async function* sessionProgress(
  services: Services,
  sessionUuid: string,
  signal: AbortSignal,
): AsyncGenerator<SessionModel> {
  const wakeup = new Wakeup();
  const stop = services.feed.listen('session', sessionUuid, () => wakeup.wake());
  if (stop === null) throw unavailable('Too many subscriptions are open');
  try {
    while (!signal.aborted) {
      const session = await services.store.immersion.getSession(sessionUuid);
      if (session !== null) yield session;
      await wakeup.wait(signal);
      await sleep(services.clock, MIN_PROGRESS_MS, signal);
    }
  } finally {
    stop();
  }
}

builder.subscriptionFields((t) => ({
  sessionProgress: t.field({
    type: Session,
    description: 'The session now, and again after commits that touched it, at most ten times a second.',
    args: { sessionUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { sessionUuid }, { services }) =>
      services.streams.open((signal) => sessionProgress(services, sessionUuid, signal)),
    resolve: (session) => session,
  }),
}));
