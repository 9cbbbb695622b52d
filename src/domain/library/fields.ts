import { badInput } from '../errors.js';
import { IngestRequest } from '../immersion/ingest.js';
import type { IngestLimits, VideoItem } from '../immersion/ingest-items.js';
import type { VideoFields } from '../immersion/types.js';
import { isText } from '../text.js';
import { MAX_QUALITIES } from './store.js';
import type { Quality } from './types.js';

/** Longest text of each kind, UTF-16 units. */
const MAX_TITLE_CHARS = 255;
const MAX_NAME_CHARS = 100;
const MAX_DESCRIPTION_CHARS = 20_000;
export const MAX_ERROR_CHARS = 2_000;
export const MAX_QUALITY_CHARS = 32;

export const bounded = (value: string, name: string, maxChars: number): string => {
  if (value.length > maxChars) throw badInput(`${name} has at most ${maxChars} characters`);
  if (!isText(value)) throw badInput(`${name} holds characters that are not text`);
  return value;
};

export const required = (value: string, name: string, maxChars: number): string => {
  if (value.trim() === '') throw badInput(`${name} must not be empty`);
  return bounded(value, name, maxChars);
};

export const parseTitle = (value: string): string => required(value, 'title', MAX_TITLE_CHARS);
export const parseName = (value: string): string => required(value, 'name', MAX_NAME_CHARS);
export const parseDescription = (value: string): string =>
  bounded(value, 'description', MAX_DESCRIPTION_CHARS);
export const parseErrorMessage = (value: string): string => bounded(value, 'errorMessage', MAX_ERROR_CHARS);

/** A video under the rules of ingest. Throws BAD_USER_INPUT with what is wrong. */
export function parseVideo(item: VideoItem, limits: IngestLimits): VideoFields {
  const request = new IngestRequest(limits);
  request.video(item, 'video');
  const [command] = request.commands;
  if (command?.kind !== 'upsertVideo')
    throw badInput(`video: ${request.rejected[0]?.message ?? 'not taken'}`);
  return command.video;
}

/** A width, a height, a bitrate: null where absent. Throws BAD_USER_INPUT. */
export function parseSize(value: number | null | undefined, name: string): number | null {
  if (value == null) return null;
  if (!Number.isSafeInteger(value) || value <= 0) throw badInput(`${name} must be an integer above 0`);
  return value;
}

export type QualityItem = Pick<Quality, 'name'> & {
  readonly [K in keyof Omit<Quality, 'name'>]?: number | null | undefined;
};

/** Throws BAD_USER_INPUT: too many, the same name twice, or a number that is none. */
export function parseQualities(items: readonly QualityItem[]): readonly Quality[] {
  if (items.length > MAX_QUALITIES) throw badInput(`An entry has at most ${MAX_QUALITIES} qualities`);
  const names = new Set(items.map(({ name }) => name));
  if (names.size < items.length) throw badInput('A quality can be given once only');
  return items.map((item) => ({
    name: required(item.name, 'name', MAX_QUALITY_CHARS),
    widthPx: parseSize(item.widthPx, 'widthPx'),
    heightPx: parseSize(item.heightPx, 'heightPx'),
    bitrateKbps: parseSize(item.bitrateKbps, 'bitrateKbps'),
  }));
}
