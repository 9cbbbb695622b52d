import type { ReplaySource, TrackEvent, TrackKey } from '../replay/source.js';
import { PLAYBACK_MOMENTS, type PlaybackMoment } from './moments.js';
import type { PlaybackStore } from './store.js';
import type { Playback } from './types.js';

/** Playbacks, by their token: the start, and the end or, while it is open, the last heartbeat. */
export const playbackReplaySource = (store: Pick<PlaybackStore, 'getPlayback'>): ReplaySource => ({
  async getReplaySession(sessionUuid) {
    const playback = await store.getPlayback(sessionUuid);
    if (playback === null) return null;
    const events = momentsOf(playback);
    return {
      kind: 'PLAYBACK',
      sessionUuid,
      startedAtMs: playback.startedAtMs,
      endedAtMs: playback.endedAtMs,
      // Retention removes a playback whole: then there is nothing that could be found.
      prunedBeforeMs: null,
      tracks: [
        {
          isPrunable: true,
          list(after, size) {
            const rows = events.filter((event) => isBehind(event, after));
            return Promise.resolve({ rows: rows.slice(0, size), hasMore: rows.length > size });
          },
        },
      ],
    };
  },
});

function momentsOf(playback: Playback): readonly TrackEvent[] {
  const { startedAtMs, endedAtMs, lastHeartbeatMs } = playback;
  const event = (moment: PlaybackMoment, atMs: number): TrackEvent => ({
    atMs,
    seq: PLAYBACK_MOMENTS.indexOf(moment),
    id: 0,
    content: { kind: 'PLAYBACK', atMs, moment, playback },
  });
  const last = endedAtMs === null ? event('LAST_SEEN', lastHeartbeatMs) : event('ENDED', endedAtMs);
  return [event('STARTED', startedAtMs), last];
}

const isBehind = (event: TrackKey, after: TrackKey): boolean =>
  event.atMs > after.atMs ||
  (event.atMs === after.atMs && (event.seq > after.seq || (event.seq === after.seq && event.id > after.id)));
