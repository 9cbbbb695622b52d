import type { ReplayState } from '../../domain/replay/frame.js';
import { REPLAY_ACTIONS, toControl } from '../../domain/replay/request.js';
import { builder } from '../builder.js';
import { needs } from '../shared/scope.js';

const ReplayActionEnum = builder.enumType('ReplayAction', { values: REPLAY_ACTIONS });

export const ReplayStateType = builder.objectRef<ReplayState>('ReplayState').implement({
  description: 'A running replay.',
  fields: (t) => ({
    replayId: t.expose('replayId', { type: 'UUID', description: 'By which controlReplay knows it.' }),
    sessionUuid: t.field({ type: 'UUID', resolve: ({ session }) => session.sessionUuid }),
    offsetMs: t.field({
      type: 'SafeInt',
      description: 'How far it is: since the session began, ms.',
      resolve: ({ playhead }) => Math.floor(playhead.offsetMs),
    }),
    speed: t.float({ resolve: ({ playhead }) => playhead.speed }),
    isPaused: t.boolean({ resolve: ({ playhead }) => playhead.isPaused }),
  }),
});

builder.mutationFields((t) => ({
  controlReplay: t.field({
    // A replay reads: whoever may open one may move it, and only the one who opened it finds it.
    ...needs('read'),
    type: ReplayStateType,
    description:
      'Pauses, resumes, seeks or changes the speed of a replay that this token opened on this server.',
    args: {
      replayId: t.arg({ type: 'UUID', required: true }),
      action: t.arg({ type: ReplayActionEnum, required: true }),
      toMs: t.arg({ type: 'SafeInt', description: 'Of SEEK: this far into the session, ms.' }),
      speed: t.arg.float({ description: 'Of SET_SPEED: 0.1 to 100.' }),
    },
    resolve: (_root, { replayId, action, toMs, speed }, { services, caller }) =>
      services.replays.control(replayId, toControl(action, toMs ?? null, speed ?? null), caller),
  }),
}));
