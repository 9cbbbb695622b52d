import { badInput, KinostatError } from '../errors.js';
import { MAX_EPOCH_MS } from '../time.js';
import { MAX_SPEED, MIN_SPEED, type ReplayControl } from './playhead.js';

/** What to replay, from where, and for whom. */
export interface ReplayRequest {
  readonly sessionUuid: string;
  readonly speed: number;
  /** Since the session began, ms. */
  readonly offsetMs: number;
  /** A position that an earlier replay of the session gave; it decides instead of the offset. Null begins anew. */
  readonly after: string | null;
  /** Who may control it; null is the open loopback. */
  readonly tokenId: number | null;
}

/** Throws BAD_USER_INPUT. */
export function checkSpeed(speed: number): number {
  if (speed >= MIN_SPEED && speed <= MAX_SPEED) return speed;
  throw badInput(`speed must be from ${MIN_SPEED} to ${MAX_SPEED}`);
}

/** Throws BAD_USER_INPUT; `name` is what the client calls the value. */
export function checkOffset(offsetMs: number, name: string): number {
  if (Number.isSafeInteger(offsetMs) && offsetMs >= 0 && offsetMs <= MAX_EPOCH_MS) return offsetMs;
  throw badInput(`${name} must be an integer of at least 0`);
}

export const REPLAY_ACTIONS = ['PAUSE', 'RESUME', 'SEEK', 'SET_SPEED'] as const;
export type ReplayAction = (typeof REPLAY_ACTIONS)[number];

/** Throws BAD_USER_INPUT when what the action needs is missing, or something is given that it does not use. */
export function toControl(action: ReplayAction, toMs: number | null, speed: number | null): ReplayControl {
  if (action !== 'SEEK' && toMs !== null) throw badInput('toMs belongs to SEEK');
  if (action !== 'SET_SPEED' && speed !== null) throw badInput('speed belongs to SET_SPEED');
  switch (action) {
    case 'PAUSE':
    case 'RESUME':
      return { kind: action };
    case 'SEEK':
      if (toMs === null) throw badInput('SEEK needs toMs');
      return { kind: action, offsetMs: checkOffset(toMs, 'toMs') };
    case 'SET_SPEED':
      if (speed === null) throw badInput('SET_SPEED needs speed');
      return { kind: action, speed: checkSpeed(speed) };
    default:
      return action satisfies never;
  }
}

/** The session is there, what happened in it is not. `reason` sets it apart from a session that never was. */
export const pruned = (prunedBeforeMs: number): KinostatError =>
  new KinostatError('NOT_FOUND', 'Retention has removed the events of this session', {
    reason: 'PRUNED',
    prunedBeforeMs,
  });
