import { badInput, notFound, unavailable } from '../../domain/errors.js';
import type { Session as SessionModel, SessionEvent as EventModel } from '../../domain/immersion/types.js';
import type { PageKey } from '../../domain/page.js';
import { dueMs, MAX_SPEED, MIN_SPEED } from '../../domain/replay.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { Session } from './session.js';
import { SessionEvent } from './session-event.js';

/** Least time between two answers of one subscription, ms: what changed meanwhile is in the next. */
const MIN_PROGRESS_MS = 100;
/** Events read ahead by a replay: a slow client never makes it hold more. */
const REPLAY_PAGE = 200;

async function* sessionProgress(
  services: Services,
  sessionUuid: string,
  signal: AbortSignal,
): AsyncGenerator<SessionModel> {
  const wakeup = new Wakeup();
  const stop = services.feed.listen(sessionUuid, () => wakeup.wake());
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

interface ReplayFrame {
  readonly event: EventModel;
  readonly offsetMs: number;
}

async function* replay(
  services: Services,
  sessionUuid: string,
  speed: number,
  fromMs: number,
  signal: AbortSignal,
): AsyncGenerator<ReplayFrame> {
  const session = await services.store.immersion.getSession(sessionUuid);
  if (session === null) throw notFound('There is no session with this UUID');
  const firstMs = session.startedAtMs + fromMs;
  const startedMs = services.clock.now();
  let start: PageKey = [firstMs, -1, -1];
  const goesOn = (): boolean => !signal.aborted;
  while (goesOn()) {
    const page = await services.store.immersion.listEvents(session.sessionId, null, {
      direction: 'forward',
      size: REPLAY_PAGE,
      start,
    });
    for (const event of page.rows) {
      await sleep(
        services.clock,
        dueMs(event.tsMs, firstMs, startedMs, speed) - services.clock.now(),
        signal,
      );
      if (!goesOn()) return;
      yield { event, offsetMs: event.tsMs - session.startedAtMs };
      start = [event.tsMs, event.clientSeq, event.eventId];
    }
    if (!page.hasMore) return;
  }
}

const ReplayFrame = builder.objectRef<ReplayFrame>('ReplayFrame').implement({
  description: 'One event of a replay, sent when it is due.',
  fields: (t) => ({
    offsetMs: t.expose('offsetMs', { type: 'SafeInt', description: 'Since the session began, ms.' }),
    event: t.expose('event', { type: SessionEvent }),
  }),
});

builder.subscriptionFields((t) => ({
  sessionProgress: t.field({
    type: Session,
    description: 'The session now, and again after commits that touched it, at most ten times a second.',
    args: { sessionUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { sessionUuid }, { services }) =>
      services.streams.open((signal) => sessionProgress(services, sessionUuid, signal)),
    resolve: (session) => session,
  }),
  replaySession: t.field({
    type: ReplayFrame,
    description: 'The stored events of a session in their original rhythm.',
    args: {
      sessionUuid: t.arg({ type: 'UUID', required: true }),
      speed: t.arg.float({ defaultValue: 1 }),
      fromMs: t.arg({ type: 'SafeInt', description: 'Start this far into the session, ms.' }),
    },
    subscribe(_root, { sessionUuid, speed, fromMs }, { services }) {
      const factor = speed ?? 1;
      if (!(factor >= MIN_SPEED && factor <= MAX_SPEED)) {
        throw badInput(`speed must be from ${MIN_SPEED} to ${MAX_SPEED}`);
      }
      if (fromMs != null && (!Number.isSafeInteger(fromMs) || fromMs < 0)) {
        throw badInput('fromMs must be an integer of at least 0');
      }
      return services.streams.open((signal) => replay(services, sessionUuid, factor, fromMs ?? 0, signal));
    },
    resolve: (frame) => frame,
  }),
}));
