import type { ReplaySource } from '../replay/source.js';
import { withCode } from './found-code.js';
import type { AgentStore } from './store.js';

/** Process sessions: state changes, then extraction events, which alone leave retention. */
export const processReplaySource = (
  store: Pick<
    AgentStore,
    | 'getProcessSession'
    | 'listProcessTotals'
    | 'listStateChanges'
    | 'listSessionExtractions'
    | 'listCodeBlocksByIds'
  >,
): ReplaySource => ({
  async getReplaySession(sessionUuid) {
    const session = await store.getProcessSession(sessionUuid);
    if (session === null) return null;
    const { processSessionId, startedAtMs, endedAtMs } = session;
    const [totals] = await store.listProcessTotals([processSessionId]);
    return {
      kind: 'PROCESS',
      sessionUuid,
      startedAtMs,
      endedAtMs,
      prunedBeforeMs: totals?.extractionsPrunedBeforeMs ?? null,
      tracks: [
        {
          isPrunable: false,
          // A state comes once at an instant: it stands for the number of the client.
          async list({ atMs, seq }, size) {
            const page = { direction: 'forward', size, start: [atMs, seq] } as const;
            const { rows, hasMore } = await store.listStateChanges(processSessionId, page);
            return {
              hasMore,
              rows: rows.map((change) => ({
                ...{ atMs: change.atMs, seq: change.state, id: 0 },
                content: { kind: 'STATE', atMs: change.atMs, change },
              })),
            };
          },
        },
        {
          isPrunable: true,
          async list({ atMs, seq, id }, size) {
            const page = { direction: 'forward', size, start: [atMs, seq, id] } as const;
            const events = await store.listSessionExtractions(processSessionId, page);
            const { rows, hasMore } = await withCode(store, events);
            return {
              hasMore,
              rows: rows.map(({ extraction, code }) => ({
                ...{ atMs: extraction.tsMs, seq: extraction.clientSeq, id: extraction.extractionId },
                content: {
                  ...{ kind: 'EXTRACTION', atMs: extraction.tsMs, extraction },
                  code: code === null ? null : { digest: code.digest, content: null },
                },
              })),
            };
          },
        },
      ],
    };
  },
});
