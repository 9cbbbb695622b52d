import exec from 'k6/execution';
import { endPlayback, playbackHeartbeat, startPlayback } from './ingest.ts';
import { DURATION_MS } from './viewing.ts';

/** Heartbeats of one playback; then the viewer takes the next video. */
const HEARTBEATS = 20;
/** The position moves with the clock, as a player's does. */
interface Playing {
  readonly token: string;
  readonly startedMs: number;
  heartbeats: number;
}

/** Of this client; each k6 client has modules of its own. */
let playing: Playing | null = null;
let playbacksCount = 0;

const positionOf = ({ startedMs }: Playing): number => Math.min(DURATION_MS, Date.now() - startedMs);

/** A viewer of a video site: one request at a time, a start, heartbeats, an end, video after video. */
export function reportPlayback(): void {
  if (playing === null) {
    playbacksCount += 1;
    playing = { token: crypto.randomUUID(), startedMs: Date.now(), heartbeats: 0 };
    startPlayback(playing.token, exec.vu.idInTest + playbacksCount);
  } else if (playing.heartbeats < HEARTBEATS) {
    playing.heartbeats += 1;
    playbackHeartbeat(playing.token, positionOf(playing));
  } else {
    endPlayback(playing.token, positionOf(playing));
    playing = null;
  }
}
