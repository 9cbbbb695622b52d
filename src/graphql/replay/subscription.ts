import type { ReplayFrame as FrameModel } from '../../domain/replay/frame.js';
import { PLAYBACK_MOMENTS, type PlaybackEvent } from '../../domain/playback/moments.js';
import { checkOffset, checkSpeed, type ReplayRequest } from '../../domain/replay/request.js';
import { Extraction } from '../agents/extraction.js';
import { StateChange } from '../agents/process-session.js';
import { builder } from '../builder.js';
import type { Services } from '../context.js';
import { SessionEvent } from '../immersion/session-event.js';
import { Playback } from '../playback/playback.js';
import { showable } from '../shared/scalars.js';
import { ReplayStateType } from './control.js';

type EventFrame = Extract<FrameModel, { kind: 'EVENT' }>;

async function* replay(
  { replays }: Services,
  request: ReplayRequest,
  signal: AbortSignal,
): AsyncGenerator<EventFrame> {
  const opened = await replays.open(request);
  try {
    for await (const frame of opened.frames(signal)) if (frame.kind === 'EVENT') yield frame;
  } finally {
    replays.close(opened);
  }
}

const PlaybackMomentEnum = builder.enumType('PlaybackMoment', { values: PLAYBACK_MOMENTS });

const ReplayedPlayback = builder.objectRef<PlaybackEvent>('ReplayedPlayback').implement({
  description: 'A playback that started, ended, or was seen last. Its figures are those of its end.',
  fields: (t) => ({
    moment: t.field({ type: PlaybackMomentEnum, resolve: ({ moment }) => moment }),
    at: t.field({ type: 'DateTime', resolve: ({ atMs }) => showable(atMs) }),
    playback: t.field({ type: Playback, resolve: ({ playback }) => playback }),
  }),
});

const ReplayFrame = builder.objectRef<EventFrame>('ReplayFrame').implement({
  description:
    'One event of a replay, sent when it is due. One of `event`, `stateChange`, `extraction` and `playback` is set.',
  fields: (t) => ({
    offsetMs: t.expose('offsetMs', { type: 'SafeInt', description: 'Since the session began, ms.' }),
    event: t.field({
      type: SessionEvent,
      nullable: true,
      description: 'Of a session with a video.',
      resolve: ({ content }) => (content.kind === 'SESSION_EVENT' ? content.event : null),
    }),
    stateChange: t.field({
      type: StateChange,
      nullable: true,
      description: 'Of a process session.',
      resolve: ({ content }) => (content.kind === 'STATE' ? content.change : null),
    }),
    extraction: t.field({
      type: Extraction,
      nullable: true,
      description: 'Of a process session.',
      resolve: ({ content }) => (content.kind === 'EXTRACTION' ? content.extraction : null),
    }),
    playback: t.field({
      type: ReplayedPlayback,
      nullable: true,
      description: 'Of a playback.',
      resolve: ({ content }) => (content.kind === 'PLAYBACK' ? content : null),
    }),
    position: t.exposeString('position', { description: 'To resume behind this event with `after`.' }),
    replay: t.field({ type: ReplayStateType, resolve: ({ state }) => state }),
  }),
});

builder.subscriptionFields((t) => ({
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
