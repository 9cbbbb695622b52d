import { PlaybackRequest } from '../../domain/playback/ingest.js';
import { viewerFor } from '../../domain/playback/viewer-uuid.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { DurabilityEnum } from '../immersion/enums.js';
import { IngestReceipt, send, type Receipt } from '../immersion/ingest.js';
import { needs } from '../shared/scope.js';

const StartPlaybackInput = builder.inputType('StartPlaybackInput', {
  fields: (t) => ({
    playbackToken: t.field({
      type: 'UUID',
      description: 'Made by the server when absent; send your own to retry safely.',
    }),
    videoKey: t.string({ required: true, description: 'Of a video that is there.' }),
    viewerUuid: t.field({
      type: 'UUID',
      description: 'What the last startPlayback answered. An old or foreign id is replaced by a new one.',
    }),
    newViewer: t.boolean({
      description:
        'True: a player that keeps no id yet asks for one. Without both the playback is anonymous.',
    }),
    quality: t.string({ description: 'As the library names it: 1080p.' }),
    durationMs: t.field({ type: 'SafeInt', description: 'Fills the duration of a video that has none.' }),
    positionMs: t.field({ type: 'SafeInt', description: '0 when absent.' }),
    isPlaying: t.boolean({ description: 'True when absent.' }),
    durability: t.field({ type: DurabilityEnum, description: 'QUEUED when absent.' }),
  }),
});

const PlaybackHeartbeatInput = builder.inputType('PlaybackHeartbeatInput', {
  fields: (t) => ({
    playbackToken: t.field({ type: 'UUID', required: true }),
    positionMs: t.field({ type: 'SafeInt', description: 'As it was when absent.' }),
    isPlaying: t.boolean({
      description: 'Whether the time until the next heartbeat counts; true when absent.',
    }),
    quality: t.string(),
    durability: t.field({ type: DurabilityEnum, description: 'QUEUED when absent.' }),
  }),
});

const EndPlaybackInput = builder.inputType('EndPlaybackInput', {
  fields: (t) => ({
    playbackToken: t.field({ type: 'UUID', required: true }),
    positionMs: t.field({ type: 'SafeInt' }),
    durability: t.field({ type: DurabilityEnum, description: 'QUEUED when absent.' }),
  }),
});

interface StartModel {
  readonly playbackToken: string;
  readonly viewerUuid: string | null;
  readonly heartbeatIntervalMs: number;
  readonly receipt: Receipt;
}

const StartPlaybackPayload = builder.objectRef<StartModel>('StartPlaybackPayload').implement({
  fields: (t) => ({
    playbackToken: t.expose('playbackToken', { type: 'UUID' }),
    viewerUuid: t.expose('viewerUuid', {
      type: 'UUID',
      nullable: true,
      description: 'The id to keep and to send with the next playback; null when this one is anonymous.',
    }),
    heartbeatIntervalMs: t.exposeInt('heartbeatIntervalMs', {
      description: 'How often to send heartbeats. No more than twice as much counts between two of them.',
    }),
    receipt: t.expose('receipt', { type: IngestReceipt }),
  }),
});

const newRequest = ({ services }: Context): PlaybackRequest =>
  new PlaybackRequest({
    nowMs: services.clock.now(),
    heartbeatIntervalMs: services.playback.heartbeatIntervalMs,
  });

builder.mutationFields((t) => ({
  startPlayback: t.field({
    ...needs('ingest'),
    type: StartPlaybackPayload,
    args: { input: t.arg({ type: StartPlaybackInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { clock, newUuid, playback } = context.services;
      const playbackToken = input.playbackToken ?? newUuid();
      const kept = input.viewerUuid ?? null;
      const viewerUuid =
        kept !== null || input.newViewer === true
          ? viewerFor(kept, playback.viewerRotationDays, clock.now(), newUuid)
          : null;
      const request = newRequest(context);
      request.start({ ...input, playbackToken, viewerUuid });
      const receipt = await send(request, input.durability ?? 'QUEUED', context);
      return { playbackToken, viewerUuid, heartbeatIntervalMs: playback.heartbeatIntervalMs, receipt };
    },
  }),
  playbackHeartbeat: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    description:
      'Time is measured by the server. After the end, and behind the end of the video, it is rejected when COMMITTED, and is a dead letter.',
    args: { input: t.arg({ type: PlaybackHeartbeatInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.heartbeat(input);
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
  endPlayback: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    description: 'A second end is a duplicate.',
    args: { input: t.arg({ type: EndPlaybackInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.end(input);
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
}));
