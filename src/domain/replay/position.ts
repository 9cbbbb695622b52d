import { decodeCursor, encodeCursor } from '../page.js';
import { invalidCursor } from '../errors.js';
import type { TrackKey } from './source.js';

/** Behind which event a replay stands: a keyset position over all tracks of a session. */
export interface ReplayPosition extends TrackKey {
  readonly track: number;
}

/** Behind everything at its instant. */
const END_TRACK = Number.MAX_SAFE_INTEGER;
const PARTS = 4;

/** Before every event at or after the instant. */
export const positionBefore = (atMs: number): ReplayPosition => ({ atMs, track: -1, seq: -1, id: -1 });

/** Before everything, also what a client dated before the session's start. */
export const FIRST_POSITION: ReplayPosition = positionBefore(Number.MIN_SAFE_INTEGER);

/** Where a replay ended. There is nothing to resume behind it. */
export const endPosition = (atMs: number): ReplayPosition => ({ atMs, track: END_TRACK, seq: 0, id: 0 });

export const isEnd = (position: ReplayPosition): boolean => position.track === END_TRACK;

/** Where a track goes on so that it gives what comes behind the position. */
export function trackKeyOf({ atMs, track, seq, id }: ReplayPosition, index: number): TrackKey {
  if (index === track) return { atMs, seq, id };
  const edge = index > track ? -1 : Number.MAX_SAFE_INTEGER;
  return { atMs, seq: edge, id: edge };
}

const scopeOf = (sessionUuid: string): string => `replay ${sessionUuid}`;

/** Opaque to clients, and bound to the session: the `id` of a frame. */
export const encodePosition = (sessionUuid: string, { atMs, track, seq, id }: ReplayPosition): string =>
  encodeCursor(scopeOf(sessionUuid), [atMs, track, seq, id]);

/** Throws INVALID_CURSOR for what is no position of this session. */
export function decodePosition(sessionUuid: string, text: string): ReplayPosition {
  const [atMs, track, seq, id] = decodeCursor(text, scopeOf(sessionUuid), PARTS);
  if (
    typeof atMs !== 'number' ||
    typeof track !== 'number' ||
    typeof seq !== 'number' ||
    typeof id !== 'number'
  )
    throw invalidCursor('The position cannot be read');
  return { atMs, track, seq, id };
}
