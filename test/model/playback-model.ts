import type { PlaybackCommand } from '../../src/domain/playback/commands.js';

/** A playback by the sentences of docs/playback.md: sets and loops, nothing shared with the program. */
export interface ModelPlayback {
  token: string;
  video: string;
  viewer: string | null;
  quality: string | null;
  startedAt: number;
  last: number;
  status: 'ACTIVE' | 'ENDED' | 'ABANDONED';
  playing: boolean;
  position: number;
  furthest: number;
  watched: number;
  bins: Set<number>;
}

const MINUTE = 60_000;
const RANK = { startPlayback: 0, playbackHeartbeat: 1, endPlayback: 2 } as const;

export class PlaybackModel {
  readonly playbacks = new Map<string, ModelPlayback>();
  readonly viewers = new Map<string, { readonly first: number; last: number }>();
  #unknown: PlaybackCommand[] = [];

  /** Of the videos that are there, ms; 0 is unknown. */
  readonly durations: Map<string, number>;

  constructor(durations: ReadonlyMap<string, number>) {
    this.durations = new Map(durations);
  }

  /** Answers the codes of what is refused. A flush is judged in the order of the clock. */
  flush(commands: readonly PlaybackCommand[]): string[] {
    const sorted = commands.toSorted(
      (a, b) => a.receivedAtMs - b.receivedAtMs || RANK[a.kind] - RANK[b.kind],
    );
    const codes = sorted.map((command) => this.take(command)).filter((code) => code !== null);
    this.#revive();
    return codes;
  }

  /** Answers the code of a refusal, or null. */
  take(command: PlaybackCommand): string | null {
    const at = command.receivedAtMs;
    const known = this.playbacks.get(command.playbackToken);
    if (command.kind === 'startPlayback') {
      if (!this.durations.has(command.videoKey)) return 'VIDEO_UNKNOWN';
      if (command.viewerUuid !== null) this.#see(command.viewerUuid, at);
      if (known !== undefined) return null;
      const playback: ModelPlayback = {
        token: command.playbackToken,
        video: command.videoKey,
        viewer: command.viewerUuid,
        quality: command.quality,
        startedAt: at,
        last: at,
        status: 'ACTIVE',
        playing: false,
        position: 0,
        furthest: 0,
        watched: 0,
        bins: new Set(),
      };
      this.playbacks.set(command.playbackToken, playback);
      const duration = this.durationOf(playback);
      const isOutside = duration > 0 && command.positionMs > duration + 2_000;
      this.#report(playback, at, isOutside ? 0 : command.positionMs, command.isPlaying, 0);
      return null;
    }
    if (known === undefined) {
      this.#unknown.push(command);
      return 'SESSION_UNKNOWN';
    }
    const isClosed = known.status !== 'ACTIVE';
    const isOver = isClosed || at - known.last > 30 * MINUTE || at - known.startedAt > 24 * 60 * MINUTE;
    const duration = this.durationOf(known);
    const isOutside = command.positionMs !== null && duration > 0 && command.positionMs > duration + 2_000;
    if (command.kind === 'endPlayback') {
      if (!isOver)
        this.#report(known, at, isOutside ? null : command.positionMs, false, command.maxCountedMs);
      if (!isClosed) Object.assign(known, { status: 'ENDED', playing: false });
      return null;
    }
    if (at > known.last && isOver) return 'PLAYBACK_ENDED';
    // What cannot be is refused even when it comes too late to matter.
    if (isOutside) return 'POSITION_BEYOND_DURATION';
    if (at < known.last || isClosed) return null;
    if (command.quality !== null) known.quality = command.quality;
    this.#report(known, at, command.positionMs, command.isPlaying, command.maxCountedMs);
    return null;
  }

  /** What was reported before its start, after a flush that may have brought it. */
  #revive(): void {
    const waiting = this.#unknown;
    this.#unknown = [];
    for (const command of waiting.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)) this.take(command);
  }

  /** Nothing was heard of them for half an hour. */
  sweep(now: number): number {
    const silent = [...this.playbacks.values()].filter(
      ({ status, last }) => status === 'ACTIVE' && last < now - 30 * MINUTE,
    );
    for (const playback of silent) Object.assign(playback, { status: 'ABANDONED', playing: false });
    return silent.length;
  }

  /** Their playbacks stay, and are nobody's. */
  forget(viewer: string): boolean {
    for (const playback of this.playbacks.values()) if (playback.viewer === viewer) playback.viewer = null;
    return this.viewers.delete(viewer);
  }

  removeVideo(key: string): void {
    this.durations.delete(key);
    for (const { token, video } of this.playbacks.values()) if (video === key) this.playbacks.delete(token);
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

  #see(viewer: string, at: number): void {
    const known = this.viewers.get(viewer);
    if (known === undefined) this.viewers.set(viewer, { first: at, last: at });
    else known.last = Math.max(known.last, at);
  }
}

const binOf = (position: number, duration: number): number =>
  Math.min(99, Math.floor((position * 100) / duration));
