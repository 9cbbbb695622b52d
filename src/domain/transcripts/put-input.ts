import { badInput } from '../errors.js';
import { isText } from '../text.js';
import type { NewTranscript, TranscriptContent } from './cache.js';
import {
  MAX_CODE_CHARS,
  optionalText,
  toExtractionResult,
  type ExtractionResultItem,
  type InstantLimits,
} from './job-input.js';
import { toSegments, type TranscriptSegment } from './segments.js';
import { parseSrt } from './srt.js';
import { parseVtt } from './vtt.js';

/** Entries of one put. */
export const MAX_PUT_TRANSCRIPTS = 100;
/** Videos of one lookup: their transcripts come whole. */
export const MAX_LOOKUP_KEYS = 100;
/** Text of one transcript, UTF-16 units: a film has about 60,000. */
export const MAX_TRANSCRIPT_CHARS = 4_000_000;
/** Ten years: an instant of a video, or how long an entry answers. */
const MAX_MS = 315_360_000_000;

/** What a client says of one extraction: exactly one of segments, srt, vtt and errorCode. */
export interface TranscriptItem extends ExtractionResultItem {
  readonly language?: string | null | undefined;
  readonly segments?: readonly TranscriptSegment[] | null | undefined;
  readonly srt?: string | null | undefined;
  readonly vtt?: string | null | undefined;
  /** How long the entry answers; 0 is for ever. The default of the server when absent. */
  readonly ttlMs?: number | null | undefined;
}

/** How long entries answer that say nothing themselves, ms; 0 is for ever. */
export interface TranscriptTtls {
  readonly ttlMs: number;
  readonly failureTtlMs: number;
}

/** Throws BAD_USER_INPUT. */
export function toNewTranscript(
  item: TranscriptItem,
  limits: InstantLimits,
  ttls: TranscriptTtls,
): NewTranscript {
  const result = toExtractionResult(item, limits);
  const content = toContent(item, result.errorCode, result.errorMessage);
  const ttlMs = item.ttlMs ?? ('segments' in content ? ttls.ttlMs : ttls.failureTtlMs);
  checkMs(ttlMs, 'ttlMs');
  return {
    video: result.video,
    language: optionalText(item.language, 'language', MAX_CODE_CHARS),
    source: result.source,
    content,
    extractedAtMs: result.extractedAtMs,
    extractionMs: result.extractionMs,
    expiresAtMs: ttlMs === 0 ? null : limits.nowMs + ttlMs,
  };
}

/** Throws BAD_USER_INPUT for a video that comes twice: which of both should stay? */
export function checkDistinct(transcripts: readonly NewTranscript[]): void {
  const keys = new Set(transcripts.map(({ video }) => video.videoKey));
  if (keys.size < transcripts.length) throw badInput('Every video may come once');
}

function toContent(
  { segments, srt, vtt }: TranscriptItem,
  errorCode: string | null,
  errorMessage: string | null,
): TranscriptContent {
  const given = [segments, srt, vtt, errorCode].filter((one) => one !== null && one !== undefined);
  if (given.length !== 1) throw badInput('Give one of segments, srt, vtt and errorCode');
  if (errorCode !== null) return { errorCode, errorMessage };
  const text = srt ?? vtt ?? null;
  if (text !== null) checkText(text, text.length);
  else checkSegments(segments ?? []);
  if (srt != null) return { segments: parseSrt(srt) };
  return { segments: vtt == null ? toSegments(segments ?? []) : parseVtt(vtt) };
}

function checkSegments(segments: readonly TranscriptSegment[]): void {
  let chars = 0;
  for (const { startMs, endMs, text } of segments) {
    checkMs(startMs, 'startMs');
    checkMs(endMs, 'endMs');
    checkText(text, (chars += text.length));
  }
}

function checkText(text: string, chars: number): void {
  if (chars > MAX_TRANSCRIPT_CHARS) {
    throw badInput(`A transcript has at most ${MAX_TRANSCRIPT_CHARS} characters`);
  }
  if (!isText(text)) throw badInput('The transcript holds characters that are not text');
}

function checkMs(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > MAX_MS) {
    throw badInput(`${name} must be an integer of at least 0 and less than ten years`);
  }
}
