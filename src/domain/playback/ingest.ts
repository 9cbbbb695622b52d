import { count, MAX_WORD_CHARS, Refusal, required, text } from '../immersion/ingest-fields.js';
import type { Rejection } from '../immersion/ingest-items.js';
import type { Optional } from '../optional.js';
import type { PlaybackCommand } from './commands.js';
import { MAX_PLAYBACK_MS, PLAYBACK_ENDED, POSITION_BEYOND_DURATION, VIDEO_UNKNOWN } from './rules.js';

/** No video is longer: a year. */
const MAX_POSITION_MS = 365 * MAX_PLAYBACK_MS;

export interface StartPlaybackItem {
  readonly playbackToken: string;
  readonly videoKey: string;
  readonly viewerUuid: string | null;
  readonly quality?: Optional<string>;
  readonly durationMs?: Optional<number>;
  readonly positionMs?: Optional<number>;
  readonly isPlaying?: Optional<boolean>;
}

export interface HeartbeatItem {
  readonly playbackToken: string;
  readonly positionMs?: Optional<number>;
  readonly isPlaying?: Optional<boolean>;
  readonly quality?: Optional<string>;
}

export interface EndPlaybackItem {
  readonly playbackToken: string;
  readonly positionMs?: Optional<number>;
}

/** What one report is judged by. */
export interface PlaybackLimits {
  readonly nowMs: number;
  /** How often players are asked to report, ms; twice as much is the most that one report adds. */
  readonly heartbeatIntervalMs: number;
}

const STORAGE_CODES: Readonly<Record<string, Pick<Rejection, 'code' | 'message'>>> = {
  SESSION_UNKNOWN: { code: 'SESSION_UNKNOWN', message: 'No playback with this token was started' },
  [PLAYBACK_ENDED]: { code: 'PLAYBACK_ENDED', message: 'The playback is over: start a new one' },
  [POSITION_BEYOND_DURATION]: {
    code: 'POSITION_BEYOND_DURATION',
    message: 'positionMs lies behind the end of the video',
  },
  [VIDEO_UNKNOWN]: { code: 'VIDEO_UNKNOWN', message: 'There is no video with this key' },
};

/** Turns one report of a player into a command. What is wrong with it is a rejection, never an exception. */
export class PlaybackRequest {
  readonly commands: PlaybackCommand[] = [];
  readonly rejected: Rejection[] = [];
  readonly truncatedCount = 0;

  constructor(private readonly limits: PlaybackLimits) {}

  start(item: StartPlaybackItem): void {
    this.#add(() => ({
      kind: 'startPlayback',
      playbackToken: item.playbackToken,
      videoKey: required(item.videoKey, 'videoKey'),
      viewerUuid: item.viewerUuid,
      quality: text(item.quality, 'quality', MAX_WORD_CHARS),
      durationMs: position(item.durationMs, 'durationMs'),
      positionMs: position(item.positionMs, 'positionMs') ?? 0,
      isPlaying: item.isPlaying ?? true,
      receivedAtMs: this.limits.nowMs,
    }));
  }

  heartbeat(item: HeartbeatItem): void {
    this.#add(() => ({
      kind: 'playbackHeartbeat',
      playbackToken: item.playbackToken,
      positionMs: position(item.positionMs, 'positionMs'),
      isPlaying: item.isPlaying ?? true,
      quality: text(item.quality, 'quality', MAX_WORD_CHARS),
      maxCountedMs: 2 * this.limits.heartbeatIntervalMs,
      receivedAtMs: this.limits.nowMs,
    }));
  }

  end(item: EndPlaybackItem): void {
    this.#add(() => ({
      kind: 'endPlayback',
      playbackToken: item.playbackToken,
      positionMs: position(item.positionMs, 'positionMs'),
      maxCountedMs: 2 * this.limits.heartbeatIntervalMs,
      receivedAtMs: this.limits.nowMs,
    }));
  }

  /** A refusal by storage, told in terms of the request. */
  refuse(_commandIndex: number, storageCode: string): void {
    const told = STORAGE_CODES[storageCode] ?? {
      code: 'REFUSED_BY_STORAGE',
      message: 'Storage refused this item; it is a dead letter',
    };
    this.rejected.push({ index: 0, path: 'input', ...told });
  }

  #add(build: () => PlaybackCommand): void {
    try {
      this.commands.push(build());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.rejected.push({ index: 0, path: 'input', code: error.code, message: error.message });
    }
  }
}

/** Fractions of a millisecond are what players measure; they are cut. NaN and infinity are no positions. */
function position(value: Optional<number>, name: string): number | null {
  const whole = typeof value === 'number' && Number.isFinite(value) ? Math.floor(value) : value;
  const found = count(whole, name);
  if (found !== null && found > MAX_POSITION_MS) {
    throw new Refusal('INVALID_VALUE', `${name} is at most ${MAX_POSITION_MS}`);
  }
  return found;
}
