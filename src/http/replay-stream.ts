import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../domain/access.js';
import { eventFields } from '../domain/agents/process-event.js';
import { wordOf } from '../domain/code-word.js';
import { EventType } from '../domain/immersion/enums.js';
import { binsOfHalves } from '../domain/playback/bins.js';
import type { PlaybackEvent } from '../domain/playback/moments.js';
import type { ReplayFrame, ReplayState } from '../domain/replay/frame.js';
import { decodePosition, isEnd } from '../domain/replay/position.js';
import type { ReplayRequest } from '../domain/replay/request.js';
import type { ReplayContent } from '../domain/replay/source.js';
import { parseStoredJson } from '../domain/stored-json.js';
import type { Clock } from '../domain/time.js';
import type { Events } from '../observability/events.js';
import type { Replay } from '../replay/replay.js';
import type { Replays } from '../replay/replays.js';
import { EventStream } from './event-stream.js';
import { answerError } from './health.js';
import { answerProblem, toProblem } from './problem.js';
import { parseReplayRequest } from './replay-request.js';

export interface ReplayStreamOptions {
  readonly replays: Replays;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * Streams a replay as server-sent events. What is wrong before the first event is answered with a status and a code;
 * what goes wrong later is an event `failed`, and the client comes back with its Last-Event-ID.
 */
export async function answerReplay(
  options: ReplayStreamOptions,
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
): Promise<void> {
  if (request.method !== 'GET') {
    answerError(response, 405, 'BAD_USER_INPUT', 'A replay is asked for with GET', { allow: 'GET' });
    return;
  }
  let replay: Replay;
  try {
    const asked = parseReplayRequest(request.url ?? '', lastEventIdOf(request), caller.tokenId);
    if (isOver(asked)) {
      // An EventSource comes back after every end. Only this status tells it to stay away.
      response.writeHead(204).end();
      return;
    }
    replay = await options.replays.open(asked);
  } catch (error) {
    answerProblem(response, toProblem(error, options.events));
    return;
  }
  const stream = new EventStream(response, options.clock);
  try {
    for await (const frame of replay.frames(stream.signal)) await stream.send(toStreamed(frame));
  } catch (error) {
    const { code, message, details } = toProblem(error, options.events);
    await stream.send({ event: 'failed', id: null, data: { code, message, ...details } });
  } finally {
    options.replays.close(replay);
    stream.end();
  }
}

function lastEventIdOf({ headers }: IncomingMessage): string | undefined {
  const header = headers['last-event-id'];
  return Array.isArray(header) ? header[0] : header;
}

const isOver = ({ sessionUuid, after }: ReplayRequest): boolean =>
  after !== null && isEnd(decodePosition(sessionUuid, after));

function toStreamed(frame: ReplayFrame): { event: string; id: string; data: unknown } {
  const { kind, position: id, offsetMs, state } = frame;
  const event = kind.toLowerCase();
  return kind === 'EVENT'
    ? { event, id, data: { offsetMs, ...toData(frame.content) } }
    : { event, id, data: { ...toStateData(state), offsetMs } };
}

function toStateData({ replayId, session, playhead }: ReplayState): Record<string, unknown> {
  const { kind, sessionUuid, startedAtMs, endedAtMs } = session;
  const { speed, isPaused } = playhead;
  return { replayId, sessionUuid, kind, startedAtMs, endedAtMs, speed, isPaused };
}

function toData(content: ReplayContent): Record<string, unknown> {
  if (content.kind === 'PLAYBACK') return { kind: content.kind, event: playbackFields(content) };
  if (content.kind !== 'SESSION_EVENT') return { kind: content.kind, event: eventFields(content) };
  const { tsMs, clientSeq, lineIndex, segmentStartMs, segmentEndMs, wordsDelta, cardsDelta, ...rest } =
    content.event;
  const type = wordOf(EventType, rest.type);
  const payload = parseStoredJson(rest.payloadJson);
  const text = { lineIndex, segmentStartMs, segmentEndMs, wordsDelta, cardsDelta };
  return { kind: content.kind, event: { tsMs, type, clientSeq, ...text, payload } };
}

function playbackFields({ atMs, moment, playback }: PlaybackEvent): Record<string, unknown> {
  if (moment === 'STARTED') return { atMs, moment };
  const { positionMs, furthestMs, watchedMs, isCompleted, quality } = playback;
  const watchedParts = binsOfHalves(playback.watchedHalves);
  return { atMs, moment, positionMs, furthestMs, watchedMs, watchedParts, isCompleted, quality };
}
