import type { PlaybackCommand } from '../../src/domain/playback/commands.js';

/** A playback by the sentences of docs/playback.md: sets and loops, nothing shared with the program. */
export interface ModelPlayback {
  token: string;
  video: string;
  viewer: string | null;
  quality: string | null;
  startedAt: number;
  last: number;
  ended: boolean;
  playing: boolean;
  position: number;
  furthest: number;
  watched: number;
  bins: Set<number>;
}

const MINUTE = 60_000;

export class PlaybackModel {
  readonly playbacks = new Map<string, ModelPlayback>();
  readonly refused = new Map<string, number>();
  #unknown: PlaybackCommand[] = [];

  constructor(readonly durations: ReadonlyMap<string, number>) {}

  take(command: PlaybackCommand): void {
    const at = command.receivedAtMs;
    const known = this.playbacks.get(command.playbackToken);
    if (command.kind === 'startPlayback') {
      if (known !== undefined) return;
      if (!this.durations.has(command.videoKey)) return this.#refuse('VIDEO_UNKNOWN');
      const playback: ModelPlayback = {
        token: command.playbackToken,
        video: command.videoKey,
        viewer: command.viewerUuid,
        quality: command.quality,
        startedAt: at,
        last: at,
        ended: false,
        playing: false,
        position: 0,
        furthest: 0,
        watched: 0,
        bins: new Set(),
      };
      this.playbacks.set(command.playbackToken, playback);
      const duration = this.durationOf(playback);
      const isOutside = duration > 0 && command.positionMs > duration + 2_000;
      return this.#report(playback, at, isOutside ? 0 : command.positionMs, command.isPlaying, 0);
    }
    if (known === undefined) {
      this.#unknown.push(command);
      return this.#refuse('SESSION_UNKNOWN');
    }
    const isOver = known.ended || at - known.last > 30 * MINUTE || at - known.startedAt > 24 * 60 * MINUTE;
    const duration = this.durationOf(known);
    const isOutside = command.positionMs !== null && duration > 0 && command.positionMs > duration + 2_000;
    if (command.kind === 'endPlayback') {
      if (!isOver)
        this.#report(known, at, isOutside ? null : command.positionMs, false, command.maxCountedMs);
      known.ended = true;
      known.playing = false;
      return;
    }
    if (at < known.last || (known.ended && at === known.last)) return;
    if (isOver) return this.#refuse('PLAYBACK_ENDED');
    if (isOutside) return this.#refuse('POSITION_BEYOND_DURATION');
    if (command.quality !== null) known.quality = command.quality;
    this.#report(known, at, command.positionMs, command.isPlaying, command.maxCountedMs);
  }

  /** What was reported before its start, after a flush that may have brought it. */
  revive(): void {
    const waiting = this.#unknown;
    this.#unknown = [];
    for (const command of waiting.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)) this.take(command);
  }

  durationOf(playback: ModelPlayback): number {
    return this.durations.get(playback.video) ?? 0;
  }

  isCompleted(playback: ModelPlayback): boolean {
    const duration = this.durationOf(playback);
    return duration > 0 && playback.furthest >= 0.9 * duration;
  }

  #report(p: ModelPlayback, at: number, told: number | null, playing: boolean, cap: number): void {
    if (at < p.last) return;
    const duration = this.durationOf(p);
    const elapsed = at - p.last;
    const position = told === null ? p.position : duration > 0 ? Math.min(told, duration) : told;
    const playedOn = p.playing && position >= p.position && position - p.position <= elapsed * 4 + 2_000;
    if (p.playing) p.watched += Math.min(elapsed, cap);
    if (duration > 0 && (playedOn || playing)) {
      const from = binOf(playedOn ? p.position : position, duration);
      for (let bin = from; bin <= binOf(position, duration); bin += 1) p.bins.add(bin);
    }
    p.position = position;
    p.furthest = Math.max(p.furthest, position);
    p.playing = playing;
    p.last = at;
  }

  #refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }
}

const binOf = (position: number, duration: number): number =>
  Math.min(99, Math.floor((position * 100) / duration));
