import { EventType } from '../../domain/immersion/enums.js';
import type { SessionEvent as EventModel } from '../../domain/immersion/types.js';
import { parsePage } from '../../domain/page.js';
import { parseStoredJson } from '../../domain/stored-json.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable } from '../shared/scalars.js';
import { EventTypeEnum } from './enums.js';
import { Session } from './session.js';

export const SessionEvent = builder.objectRef<EventModel>('SessionEvent').implement({
  fields: (t) => ({
    tsMs: t.expose('tsMs', { type: 'EpochMs' }),
    at: t.field({ type: 'DateTime', resolve: ({ tsMs }) => showable(tsMs) }),
    type: t.field({ type: EventTypeEnum, resolve: (event) => known(EventType, event.type) }),
    clientSeq: t.expose('clientSeq', { type: 'SafeInt' }),
    lineIndex: t.exposeInt('lineIndex', { nullable: true }),
    segmentStartMs: t.expose('segmentStartMs', { type: 'SafeInt', nullable: true }),
    segmentEndMs: t.expose('segmentEndMs', { type: 'SafeInt', nullable: true }),
    wordsDelta: t.exposeInt('wordsDelta'),
    cardsDelta: t.exposeInt('cardsDelta'),
    payload: t.field({
      type: 'JSON',
      nullable: true,
      resolve: ({ payloadJson }) => parseStoredJson(payloadJson),
    }),
  }),
});

const SessionEventConnection = builder.connectionObject(
  { type: SessionEvent, name: 'SessionEventConnection' },
  { name: 'SessionEventEdge' },
);

builder.objectField(Session, 'events', (t) =>
  t.connection(
    {
      type: SessionEvent,
      description: 'In time order. Raw events leave with their retention window.',
      args: { types: t.arg({ type: [EventTypeEnum] }) },
      async resolve({ sessionId, sessionUuid }, args, { services }) {
        const types =
          args.types == null
            ? null
            : [...new Set(args.types)].map((type) => askable(EventType, type)).toSorted((a, b) => a - b);
        const scope = `events ${sessionUuid} ${JSON.stringify(types)}`;
        const request = parsePage(args, scope, 3);
        const page = await services.store.immersion.listEvents(sessionId, types, request);
        return toConnection(page, request, scope, (event) => [event.tsMs, event.clientSeq, event.eventId]);
      },
    },
    SessionEventConnection,
  ),
);
