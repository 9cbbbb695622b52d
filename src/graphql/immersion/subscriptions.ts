import { unavailable } from '../../domain/errors.js';
import type { Session as SessionModel, SessionEvent as EventModel } from '../../domain/immersion/types.js';
import { checkOffset, checkSpeed, type ReplayRequest } from '../../domain/replay/request.js';
import type { ReplayState } from '../../domain/replay/frame.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { ReplayStateType } from '../replay/control.js';
import { sleep, Wakeup } from '../shared/wakeup.js';
import { Session } from './session.js';
import { SessionEvent } from './session-event.js';

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

interface ReplayFrame {
  readonly event: EventModel;
  readonly offsetMs: number;
  readonly position: string;
  readonly state: ReplayState;
}

async function* replay(
  { replays }: Services,
  request: ReplayRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplayFrame> {
  const opened = await replays.open(request);
  try {
    for await (const frame of opened.frames(signal)) {
      if (frame.kind !== 'EVENT') continue;
      const { offsetMs, position, state, content } = frame;
      yield { event: content.event, offsetMs, position, state };
    }
  } finally {
    replays.close(opened);
  }
}

const ReplayFrame = builder.objectRef<ReplayFrame>('ReplayFrame').implement({
  description: 'One event of a replay, sent when it is due.',
  fields: (t) => ({
    offsetMs: t.expose('offsetMs', { type: 'SafeInt', description: 'Since the session began, ms.' }),
    event: t.expose('event', { type: SessionEvent }),
    position: t.exposeString('position', { description: 'To resume behind this event with `after`.' }),
    replay: t.field({ type: ReplayStateType, resolve: ({ state }) => state }),
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
      after: t.arg.string({ description: 'Resume behind a `position`; it decides instead of `fromMs`.' }),
    },
    subscribe(_root, { sessionUuid, speed, fromMs, after }, { services, caller }) {
      const request: ReplayRequest = {
        sessionUuid,
        speed: checkSpeed(speed ?? 1),
        offsetMs: checkOffset(fromMs ?? 0, 'fromMs'),
        after: after ?? null,
        tokenId: caller.tokenId,
      };
      return services.streams.open((signal) => replay(services, request, signal));
    },
    resolve: (frame) => frame,
  }),
}));
