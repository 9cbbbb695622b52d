import { builder } from '../builder.js';
import { follow } from '../shared/follow.js';
import { Session } from './session.js';

builder.subscriptionFields((t) => ({
  sessionProgress: t.field({
    type: Session,
    description: 'The session now, and again after commits that touched it, at most ten times a second.',
    args: { sessionUuid: t.arg({ type: 'UUID', required: true }) },
    subscribe: (_root, { sessionUuid }, { services }) => {
      const read = () => services.store.immersion.getSession(sessionUuid);
      // Samples of an ended session may still come.
      const followed = { topic: 'session', uuid: sessionUuid, read, isLast: () => false } as const;
      return services.streams.open((signal) => follow(services, followed, signal));
    },
    resolve: (session) => session,
  }),
}));
