import type {
  EndPlaybackCommand,
  PlaybackHeartbeatCommand,
  StartPlaybackCommand,
} from '../../src/domain/playback/commands.js';
import { T0, uuid } from './commands.js';

/** The most that one heartbeat of these commands adds. */
export const CAP_MS = 20_000;

export const startPlayback = (
  n: number,
  atMs = T0,
  fields: Partial<StartPlaybackCommand> = {},
): StartPlaybackCommand => ({
  kind: 'startPlayback',
  playbackToken: uuid(n),
  videoKey: 'v1',
  viewerUuid: null,
  quality: null,
  durationMs: null,
  positionMs: 0,
  isPlaying: true,
  receivedAtMs: atMs,
  ...fields,
});

export const heartbeat = (
  n: number,
  atMs: number,
  positionMs: number | null = null,
  fields: Partial<PlaybackHeartbeatCommand> = {},
): PlaybackHeartbeatCommand => ({
  kind: 'playbackHeartbeat',
  playbackToken: uuid(n),
  positionMs,
  isPlaying: true,
  quality: null,
  maxCountedMs: CAP_MS,
  receivedAtMs: atMs,
  ...fields,
});

export const endPlayback = (
  n: number,
  atMs: number,
  positionMs: number | null = null,
): EndPlaybackCommand => ({
  kind: 'endPlayback',
  playbackToken: uuid(n),
  positionMs,
  maxCountedMs: CAP_MS,
  receivedAtMs: atMs,
});
