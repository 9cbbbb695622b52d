import { KinostatError, notFound, unavailable } from '../domain/errors.js';
import type { ReplayState } from '../domain/replay/frame.js';
import { listMerged } from '../domain/replay/merge.js';
import type { ReplayControl } from '../domain/replay/playhead.js';
import { decodePosition, FIRST_POSITION, positionBefore } from '../domain/replay/position.js';
import { checkOffset, checkSpeed, pruned, type ReplayRequest } from '../domain/replay/request.js';
import { isWhole, type ReplaySession, type ReplaySource } from '../domain/replay/source.js';
import type { Clock } from '../domain/time.js';
import type { Metrics } from '../observability/metrics.js';
import { Replay } from './replay.js';

/** When to ask again after all places were taken, ms. */
const RETRY_AFTER_MS = 5_000;

export interface ReplaysOptions {
  /** Asked in order; a UUID belongs to one domain. */
  readonly sources: readonly ReplaySource[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly newUuid: () => string;
  /** Replays at once: each holds a connection, a timer and one page of events. */
  readonly maxOpen: number;
}

/** The running replays of one server. */
export class Replays {
  readonly #o: ReplaysOptions;
  readonly #open = new Map<string, Replay>();
  /** Also those that are still looking for their session. */
  #takenCount = 0;
  #isStopping = false;

  constructor(options: ReplaysOptions) {
    this.#o = options;
  }

  /**
   * Finds the session and takes a place; whoever opens it closes it. Throws BAD_USER_INPUT, INVALID_CURSOR, NOT_FOUND
   * (also when retention has removed all events), UNAVAILABLE when all places are taken, and StorageError.
   */
  async open(request: ReplayRequest): Promise<Replay> {
    checkSpeed(request.speed);
    checkOffset(request.offsetMs, 'fromMs');
    const after = request.after === null ? null : decodePosition(request.sessionUuid, request.after);
    this.#take();
    try {
      const session = await this.#find(request.sessionUuid);
      const { startedAtMs } = session;
      const replay = new Replay({
        replayId: this.#o.newUuid(),
        session,
        tokenId: request.tokenId,
        clock: this.#o.clock,
        speed: request.speed,
        // From the start means everything, also what a client dated before it.
        position:
          after ?? (request.offsetMs === 0 ? FIRST_POSITION : positionBefore(startedAtMs + request.offsetMs)),
        offsetMs: after === null ? request.offsetMs : Math.max(0, after.atMs - startedAtMs),
      });
      this.#open.set(replay.replayId, replay);
      if (this.#isStopping) replay.stop();
      return replay;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Once for each that was opened; again changes nothing. */
  close(replay: Replay): void {
    if (this.#open.delete(replay.replayId)) this.#release();
  }

  /** Throws NOT_FOUND for one that is not open here, or that another token opened. */
  control(replayId: string, control: ReplayControl, caller: Pick<ReplayRequest, 'tokenId'>): ReplayState {
    const replay = this.#open.get(replayId);
    if (replay === undefined || replay.tokenId !== caller.tokenId)
      throw notFound('No such replay is open here');
    return replay.control(control);
  }

  /** Ends all streams, so that their clients can resume elsewhere, and opens no more. */
  stop(): void {
    this.#isStopping = true;
    for (const replay of this.#open.values()) replay.stop();
  }

  #take(): void {
    if (this.#isStopping) throw unavailable('The server is stopping');
    if (this.#takenCount >= this.#o.maxOpen) {
      this.#o.metrics.replaysRefused.inc();
      throw new KinostatError('UNAVAILABLE', 'Too many replays are open', { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#takenCount += 1;
    this.#o.metrics.replays.set(this.#takenCount);
  }

  #release(): void {
    this.#takenCount -= 1;
    this.#o.metrics.replays.set(this.#takenCount);
  }

  async #find(sessionUuid: string): Promise<ReplaySession> {
    for (const source of this.#o.sources) {
      const session = await source.getReplaySession(sessionUuid);
      if (session === null) continue;
      if (session.prunedBeforeMs === null || isWhole(session)) return session;
      const { rows } = await listMerged(
        session.tracks.filter(({ isPrunable }) => isPrunable),
        FIRST_POSITION,
        1,
      );
      if (rows.length === 0) throw pruned(session.prunedBeforeMs);
      return session;
    }
    throw notFound('There is no session with this UUID');
  }
}
