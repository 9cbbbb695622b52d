import { unavailable } from '../domain/errors.js';
import type { ReplayFrame, ReplayState } from '../domain/replay/frame.js';
import { dueMs, moved, offsetAt, type Playhead, type ReplayControl } from '../domain/replay/playhead.js';
import {
  encodePosition,
  endPosition,
  positionBefore,
  type ReplayPosition,
} from '../domain/replay/position.js';
import type { ReplaySession } from '../domain/replay/source.js';
import type { Clock } from '../domain/time.js';
import { Bell } from './bell.js';
import { EventReader } from './event-reader.js';

export interface ReplayOptions {
  readonly replayId: string;
  readonly session: ReplaySession;
  readonly tokenId: number | null;
  readonly clock: Clock;
  readonly position: ReplayPosition;
  /** Where the playhead begins: since the session began, ms. */
  readonly offsetMs: number;
  readonly speed: number;
}

/** One run through the events of a session. Holds one page of events, and a timer while it waits. */
export class Replay {
  readonly #o: ReplayOptions;
  readonly #reader: EventReader;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  #playhead: Playhead;
  #position: ReplayPosition;
  #isChanged = false;

  constructor(options: ReplayOptions) {
    this.#o = options;
    this.#position = options.position;
    this.#reader = new EventReader(options.session, options.position);
    const { clock, offsetMs, speed } = options;
    this.#playhead = { anchorMs: clock.now(), offsetMs, speed, isPaused: false };
  }

  get replayId(): string {
    return this.#o.replayId;
  }

  /** Whose token opened it; null is the open loopback. */
  get tokenId(): number | null {
    return this.#o.tokenId;
  }

  state(): ReplayState {
    const nowMs = this.#o.clock.now();
    const playhead = { ...this.#playhead, anchorMs: nowMs, offsetMs: offsetAt(this.#playhead, nowMs) };
    return { replayId: this.#o.replayId, session: this.#o.session, playhead };
  }

  /** Counts at once; what runs tells of it with a CHANGED frame. */
  control(control: ReplayControl): ReplayState {
    this.#playhead = moved(this.#playhead, control, this.#o.clock.now());
    if (control.kind === 'SEEK') {
      this.#position = positionBefore(this.#o.session.startedAtMs + control.offsetMs);
      this.#reader.seek(this.#position);
    }
    this.#isChanged = true;
    this.#bell.ring();
    return this.state();
  }

  /** Ends the frames with UNAVAILABLE: the server is stopping. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * Frames when they are due. What is late, because the client was slow, comes at once, and the next on time. Ends
   * without a word when the signal is aborted. Throws StorageError, and UNAVAILABLE after `stop`.
   */
  async *frames(signal: AbortSignal): AsyncGenerator<ReplayFrame> {
    const either = AbortSignal.any([signal, this.#stop.signal]);
    yield this.#frame('OPENED');
    while (!either.aborted) {
      if (this.#mustTell()) {
        this.#isChanged = false;
        yield this.#frame('CHANGED');
        continue;
      }
      const event = await this.#reader.peek();
      // A control may have come while a page was read.
      if (this.#mustTell()) continue;
      const { startedAtMs } = this.#o.session;
      const offsetMs = event === null ? this.#endOffsetMs() : event.atMs - startedAtMs;
      const due = dueMs(this.#playhead, offsetMs);
      if (due === null || due > this.#o.clock.now()) {
        await this.#bell.wait(this.#o.clock, due, either);
      } else if (event === null) {
        this.#position = endPosition(startedAtMs + offsetMs);
        yield { ...this.#frame('ENDED'), offsetMs };
        return;
      } else {
        this.#reader.take(event);
        this.#position = event;
        const { position, state } = this.#frame('OPENED');
        yield { kind: 'EVENT', position, offsetMs, state, content: event.content };
      }
    }
    if (!signal.aborted) throw unavailable('The server is stopping: resume at the last position');
  }

  /** Asked anew each time: a control comes while the frames wait. */
  #mustTell(): boolean {
    return this.#isChanged;
  }

  /** A session lasts until it ended, also when nothing more happened in it. */
  #endOffsetMs(): number {
    const { startedAtMs, endedAtMs } = this.#o.session;
    const { atMs } = this.#position;
    const lastMs = Math.max(0, atMs - startedAtMs);
    return endedAtMs === null ? lastMs : Math.max(lastMs, endedAtMs - startedAtMs);
  }

  #frame(kind: 'OPENED' | 'CHANGED' | 'ENDED'): ReplayFrame & { kind: typeof kind } {
    const state = this.state();
    return {
      kind,
      position: encodePosition(this.#o.session.sessionUuid, this.#position),
      offsetMs: Math.floor(state.playhead.offsetMs),
      state,
    };
  }
}
