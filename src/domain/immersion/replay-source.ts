import type { ReplaySource } from '../replay/source.js';
import type { ImmersionStore } from './store.js';

/** Sessions with a video, and their events. `prunedBeforeMs` tells what left the retention of events. */
export const immersionReplaySource = (
  store: Pick<ImmersionStore, 'getSession' | 'listEvents'>,
  prunedBeforeMs: () => Promise<number | null>,
): ReplaySource => ({
  async getReplaySession(sessionUuid) {
    const session = await store.getSession(sessionUuid);
    if (session === null) return null;
    return {
      kind: 'IMMERSION',
      sessionUuid,
      startedAtMs: session.startedAtMs,
      endedAtMs: session.endedAtMs,
      prunedBeforeMs: await prunedBeforeMs(),
      tracks: [
        {
          isPrunable: true,
          async list({ atMs, seq, id }, size) {
            const { rows, hasMore } = await store.listEvents(session.sessionId, null, {
              direction: 'forward',
              size,
              start: [atMs, seq, id],
            });
            return {
              hasMore,
              rows: rows.map((event) => ({
                atMs: event.tsMs,
                seq: event.clientSeq,
                id: event.eventId,
                content: { kind: 'SESSION_EVENT', event },
              })),
            };
          },
        },
      ],
    };
  },
});
