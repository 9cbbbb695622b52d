import { badInput } from '../domain/errors.js';
import { checkOffset, checkSpeed, type ReplayRequest } from '../domain/replay/request.js';

const PATH = '/replay/';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Longer than any that a replay gives: four numbers in base64. */
const MAX_EVENT_ID_LENGTH = 200;

export const isReplayPath = (path: string): boolean => path.startsWith(PATH);

/** Reads path, query and Last-Event-ID. Throws BAD_USER_INPUT for what cannot be meant. */
export function parseReplayRequest(
  url: string,
  lastEventId: string | undefined,
  tokenId: number | null,
): ReplayRequest {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  const sessionUuid = path.slice(PATH.length);
  if (!UUID.test(sessionUuid)) throw badInput('The address must end with the UUID of a session');
  const params = new URLSearchParams(query);
  for (const name of params.keys()) {
    if (name !== 'speed' && name !== 'from') throw badInput('Only speed and from can be asked for');
    if (params.getAll(name).length > 1) throw badInput(`${name} may be given once`);
  }
  if (lastEventId !== undefined && lastEventId.length > MAX_EVENT_ID_LENGTH)
    throw badInput('Last-Event-ID is too long');
  return {
    sessionUuid: sessionUuid.toLowerCase(),
    speed: checkSpeed(toNumber(params.get('speed') ?? '1')),
    offsetMs: checkOffset(toNumber(params.get('from') ?? '0'), 'from'),
    // An EventSource that was told no id yet may send an empty one.
    after: lastEventId === undefined || lastEventId === '' ? null : lastEventId,
    tokenId,
  };
}

/** NaN, which every check refuses, for anything but plain decimals: Number() would take '', ' 1' and '0x10'. */
const toNumber = (text: string): number => (/^\d{1,16}(\.\d{1,16})?$/.test(text) ? Number(text) : Number.NaN);
