import { openStream } from './graphql-stream.js';
import { openSse } from './sse-client.js';
import type { TestApp } from './app.js';

export interface ReplayArgs {
  readonly speed?: number;
  readonly fromMs?: number;
  /** A position of an earlier frame. */
  readonly after?: string;
}

/** One stored event of a replay, whatever carries it. */
export interface PlayedEvent {
  readonly offsetMs: number;
  readonly position: string;
  /** SESSION_EVENT, STATE, EXTRACTION or PLAYBACK. */
  readonly kind: string;
  readonly replayId: string;
}

/** A replay as a client plays it. */
export interface ReplayPlayer {
  /** The next event; null when the replay is over. Throws with the code of an error. */
  next(): Promise<PlayedEvent | null>;
  abort(): void;
}

export interface ReplayTransport {
  /** Timers of the server's clock while a replay waits for its next event. */
  readonly waitingTimers: number;
  /** Timers while it is paused. */
  readonly pausedTimers: number;
  open(server: TestApp, sessionUuid: string, args?: ReplayArgs): Promise<ReplayPlayer>;
}

/** `GET /replay/:sessionUuid`: a heartbeat is a timer beside the wait. */
const sse: ReplayTransport = {
  waitingTimers: 2,
  pausedTimers: 1,
  async open({ app }, sessionUuid, { speed, fromMs, after } = {}) {
    const query = new URLSearchParams({
      ...(speed === undefined ? {} : { speed: String(speed) }),
      ...(fromMs === undefined ? {} : { from: String(fromMs) }),
    });
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after };
    const client = await openSse(app.url, `/replay/${sessionUuid}?${query.toString()}`, { headers });
    let replayId = '';
    return {
      async next() {
        if (client.status === 204) return null;
        if (client.status !== 200) {
          const { errors } = JSON.parse(await client.rest()) as {
            errors: { extensions: { code: string } }[];
          };
          throw new Error(errors[0]?.extensions.code);
        }
        for (;;) {
          const found = await client.next();
          if (found === null) throw new Error('The stream broke off');
          if (found.event === 'ended') return null;
          if (found.event === 'failed') throw new Error(String(found.data['code']));
          if (found.event === 'opened') replayId = String(found.data['replayId']);
          if (found.event !== 'event') continue;
          const { offsetMs, kind } = found.data as { offsetMs: number; kind: string };
          return { offsetMs, kind, position: found.id ?? '', replayId };
        }
      },
      abort: () => client.abort(),
    };
  },
};

interface FrameNode {
  readonly offsetMs: number;
  readonly position: string;
  readonly event: object | null;
  readonly stateChange: object | null;
  readonly extraction: object | null;
  readonly playback: object | null;
  readonly replay: { readonly replayId: string };
}

/** The subscription `replaySession`. */
const graphql: ReplayTransport = {
  waitingTimers: 1,
  pausedTimers: 0,
  async open(server, sessionUuid, { speed, fromMs, after } = {}) {
    const args = [
      `sessionUuid: "${sessionUuid}"`,
      ...(speed === undefined ? [] : [`speed: ${speed}`]),
      ...(fromMs === undefined ? [] : [`fromMs: ${fromMs}`]),
      ...(after === undefined ? [] : [`after: ${JSON.stringify(after)}`]),
    ];
    const stream = await openStream(
      server,
      `subscription { replaySession(${args.join(', ')}) { offsetMs position event { payload } stateChange { atMs }
        extraction { originalLine } playback { moment } replay { replayId } } }`,
    );
    return {
      async next() {
        const result = await stream.next();
        if (result === null) return null;
        if (result.errors !== undefined) throw new Error(result.errors[0]?.extensions.code);
        const frame = result.data?.['replaySession'] as FrameNode;
        const kinds = [
          ['SESSION_EVENT', frame.event],
          ['STATE', frame.stateChange],
          ['EXTRACTION', frame.extraction],
          ['PLAYBACK', frame.playback],
        ] as const;
        const own = kinds.filter(([, content]) => content !== null).map(([kind]) => kind);
        const { offsetMs, position, replay } = frame;
        return { offsetMs, position, kind: own.join(), replayId: replay.replayId };
      },
      abort: () => stream.abort(),
    };
  },
};

export const REPLAY_TRANSPORTS = { 'server-sent events': sse, 'the subscription': graphql } as const;
