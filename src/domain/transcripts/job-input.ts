import { badInput } from '../errors.js';
import { SourceType } from '../immersion/enums.js';
import type { Optional } from '../optional.js';
import { isText } from '../text.js';
import type { ExtractionVideo, NewExtractionResult } from './jobs.js';

/** Videos or results of one call: a client with more sends more calls. */
export const MAX_EXTRACTION_ITEMS = 1_000;
/** Videos that a client may expect of one job. */
const MAX_EXPECTED = 1_000_000;
const MAX_METADATA_BYTES = 4_096;
/** Longest text of each kind, UTF-16 units. */
export const MAX_URL_CHARS = 4_096;
export const MAX_NAME_CHARS = 1_024;
export const MAX_CODE_CHARS = 128;

/** Null for what is absent or empty. Throws BAD_USER_INPUT. */
export function optionalText(value: Optional<string>, name: string, maxChars: number): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (value.length > maxChars) throw badInput(`${name} has at most ${maxChars} characters`);
  if (!isText(value)) throw badInput(`${name} holds characters that are not text`);
  return value;
}

/** Throws BAD_USER_INPUT. */
export function requiredText(value: string, name: string, maxChars: number): string {
  const found = optionalText(value, name, maxChars);
  if (found === null || found.trim() === '') throw badInput(`${name} must not be empty`);
  return found;
}

/** A count or a duration: null where absent. Throws BAD_USER_INPUT. */
function optionalCount(value: Optional<number>, name: string): number | null {
  if (value === null || value === undefined) return null;
  if (!Number.isSafeInteger(value) || value < 0) throw badInput(`${name} must be an integer of at least 0`);
  return value;
}

export function toExpectedCount(value: Optional<number>): number {
  const count = optionalCount(value, 'expectedCount') ?? 0;
  if (count > MAX_EXPECTED) throw badInput(`expectedCount is at most ${MAX_EXPECTED}`);
  return count;
}

/** Throws BAD_USER_INPUT for more than MAX_METADATA_BYTES. */
export function toMetadataJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const json = JSON.stringify(value);
  if (new TextEncoder().encode(json).length > MAX_METADATA_BYTES) {
    throw badInput(`metadata has at most ${MAX_METADATA_BYTES} bytes`);
  }
  return json;
}

export interface ExtractionVideoItem {
  readonly videoKey: string;
  readonly title?: Optional<string>;
  readonly sourceType?: Optional<SourceType>;
  readonly sourceUrl?: Optional<string>;
}

export interface ExtractionResultItem {
  readonly video: ExtractionVideo;
  readonly source?: Optional<string>;
  readonly errorCode?: Optional<string>;
  readonly errorMessage?: Optional<string>;
  readonly extractionMs?: Optional<number>;
  readonly extractedAtMs?: Optional<number>;
}

/** Of a video that is known already only the key counts. Throws BAD_USER_INPUT. */
export function toExtractionVideo(item: ExtractionVideoItem): ExtractionVideo {
  const videoKey = requiredText(item.videoKey, 'videoKey', MAX_NAME_CHARS);
  return {
    videoKey,
    title: optionalText(item.title, 'title', MAX_NAME_CHARS) ?? videoKey,
    sourceType: item.sourceType ?? SourceType.REMOTE,
    sourceUrl: optionalText(item.sourceUrl, 'sourceUrl', MAX_URL_CHARS),
  };
}

export interface InstantLimits {
  readonly nowMs: number;
  readonly maxFutureSkewMs: number;
}

/** Throws BAD_USER_INPUT. */
export function toExtractionResult(item: ExtractionResultItem, limits: InstantLimits): NewExtractionResult {
  const errorCode = optionalText(item.errorCode, 'errorCode', MAX_CODE_CHARS);
  const errorMessage = optionalText(item.errorMessage, 'errorMessage', MAX_URL_CHARS);
  if (errorCode === null && errorMessage !== null) throw badInput('An errorMessage needs an errorCode');
  const extractedAtMs = item.extractedAtMs ?? limits.nowMs;
  if (!Number.isSafeInteger(extractedAtMs) || extractedAtMs < 0) {
    throw badInput('extractedAtMs must be epoch milliseconds');
  }
  if (extractedAtMs > limits.nowMs + limits.maxFutureSkewMs) {
    throw badInput("extractedAtMs lies in the future: check the client's clock");
  }
  return {
    video: item.video,
    source: optionalText(item.source, 'source', MAX_CODE_CHARS),
    errorCode,
    errorMessage,
    extractionMs: optionalCount(item.extractionMs, 'extractionMs'),
    extractedAtMs,
  };
}

/** Throws BAD_USER_INPUT for more than MAX_EXTRACTION_ITEMS. */
export function checkItemCount(items: readonly unknown[], name: string): void {
  if (items.length > MAX_EXTRACTION_ITEMS)
    throw badInput(`${name} has at most ${MAX_EXTRACTION_ITEMS} items`);
}
