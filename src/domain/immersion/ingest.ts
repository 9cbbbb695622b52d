import { badInput } from '../errors.js';
import { hash53 } from '../hash.js';
import type { WriteCommand } from '../write-command.js';
import { COUNTER_KEYS } from './counters.js';
import { EventType, SourceType } from './enums.js';
import {
  count,
  delta,
  MAX_TEXT_CHARS,
  MAX_WORD_CHARS,
  notACount,
  Refusal,
  required,
  subtitleMode,
  text,
  toJson,
} from './ingest-fields.js';
import type {
  EndItem,
  EventItem,
  IngestLimits,
  Rejection,
  SampleItem,
  StartItem,
  VideoItem,
} from './ingest-items.js';
import type { VideoFields } from './types.js';

/** Items of one request; a client with more sends more requests. */
export const MAX_ITEMS_PER_REQUEST = 1_000;
/** 31 years of milliseconds: sums over millions of sessions stay in 64 bits, and answers in 53. */
export const MAX_COUNTER = 1_000_000_000_000;
const MAX_METADATA_BYTES = 4_096;
export const TRUNCATED_JSON = '{"truncated":true}';

/** Turns the items of one request into commands. What is wrong with one item is a rejection, never an exception. */
export class IngestRequest {
  readonly commands: WriteCommand[] = [];
  readonly rejected: Rejection[] = [];
  truncatedCount = 0;
  readonly #limits: IngestLimits;
  /** Of each command, the place and path of its item. */
  readonly #origins: { index: number; path: string }[] = [];
  #itemCount = 0;

  constructor(limits: IngestLimits) {
    this.#limits = limits;
  }

  video(item: VideoItem, path: string): void {
    this.#add(path, () => ({
      kind: 'upsertVideo',
      video: this.#video(item),
      receivedAtMs: this.#limits.nowMs,
    }));
  }

  start(item: StartItem, path: string): void {
    this.#add(path, () => ({
      kind: 'startSession',
      sessionUuid: item.sessionUuid,
      startedAtMs: this.#instant(item.startedAtMs ?? this.#limits.nowMs, 'startedAtMs'),
      video: this.#video(item.video),
      locale: text(item.locale, 'locale', MAX_WORD_CHARS),
      targetLanguage: text(item.targetLanguage, 'targetLanguage', MAX_WORD_CHARS),
      difficultyTier: count(item.difficultyTier, 'difficultyTier'),
      subtitleMode: subtitleMode(item.subtitleMode),
      receivedAtMs: this.#limits.nowMs,
    }));
  }

  samples(sessionUuid: string, items: readonly SampleItem[], path: string): void {
    items.forEach((item, place) => this.#add(`${path}[${place}]`, () => this.#sample(sessionUuid, item)));
  }

  events(sessionUuid: string, items: readonly EventItem[], path: string): void {
    items.forEach((item, place) => this.#add(`${path}[${place}]`, () => this.#event(sessionUuid, item)));
  }

  end(item: EndItem, path: string): void {
    this.#add(path, () => ({
      kind: 'endSession',
      sessionUuid: item.sessionUuid,
      endedAtMs: this.#instant(item.endedAtMs ?? this.#limits.nowMs, 'endedAtMs'),
      receivedAtMs: this.#limits.nowMs,
    }));
  }

  /** A refusal by storage, told in terms of the request. */
  refuse(commandIndex: number, storageCode: string): void {
    const origin = this.#origins[commandIndex];
    if (origin === undefined) return;
    const isUnknown = storageCode === 'SESSION_UNKNOWN';
    this.rejected.push({
      ...origin,
      code: isUnknown ? 'SESSION_UNKNOWN' : 'REFUSED_BY_STORAGE',
      message: isUnknown
        ? 'No session with this UUID was started'
        : 'Storage refused this item; it is a dead letter',
    });
  }

  #add(path: string, build: () => WriteCommand): void {
    const index = this.#itemCount;
    this.#itemCount += 1;
    if (this.#itemCount > MAX_ITEMS_PER_REQUEST) {
      throw badInput(`A request has at most ${MAX_ITEMS_PER_REQUEST} items`);
    }
    try {
      this.commands.push(build());
      this.#origins.push({ index, path });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.rejected.push({ index, path, code: error.code, message: error.message });
    }
  }

  #sample(sessionUuid: string, item: SampleItem): WriteCommand {
    const counters: number[] = [];
    for (const key of COUNTER_KEYS) {
      const value = item[key] ?? 0;
      if (!Number.isSafeInteger(value) || value < 0) throw notACount(key);
      if (value > MAX_COUNTER) throw new Refusal('INVALID_VALUE', `${key} is at most ${MAX_COUNTER}`);
      counters.push(value);
    }
    if ((item.lookupHits ?? 0) > (item.lookupCount ?? 0)) {
      throw new Refusal('HITS_ABOVE_LOOKUPS', 'lookupHits must not be above lookupCount');
    }
    if ((item.activeWatchedMs ?? 0) > (item.totalWatchedMs ?? 0)) {
      throw new Refusal('ACTIVE_ABOVE_TOTAL', 'activeWatchedMs must not be above totalWatchedMs');
    }
    return {
      kind: 'recordSample',
      sessionUuid,
      sampleMs: this.#instant(item.sampleMs, 'sampleMs'),
      counters,
    };
  }

  #event(sessionUuid: string, item: EventItem): WriteCommand {
    // GraphQL knows UNKNOWN for what it reads; nobody can report it.
    if (!Object.values(EventType).includes(item.type))
      throw new Refusal('INVALID_VALUE', 'type must be a known one');
    const tsMs = this.#instant(item.tsMs, 'tsMs');
    const sentJson = toJson(item.payload);
    const content = {
      type: item.type,
      lineIndex: count(item.lineIndex, 'lineIndex'),
      segmentStartMs: count(item.segmentStartMs, 'segmentStartMs'),
      segmentEndMs: count(item.segmentEndMs, 'segmentEndMs'),
      wordsDelta: delta(item.wordsDelta, 'wordsDelta'),
      cardsDelta: delta(item.cardsDelta, 'cardsDelta'),
      payloadJson: this.#capped(sentJson, this.#limits.payloadCapBytes),
    };
    // The content as it was sent: two payloads that are both over the cap are still two events.
    const clientSeq =
      count(item.clientSeq, 'clientSeq') ?? hash53(JSON.stringify({ ...content, payloadJson: sentJson }));
    return { kind: 'recordEvent', sessionUuid, event: { tsMs, clientSeq, ...content } };
  }

  #video(item: VideoItem): VideoFields {
    if (!Object.values(SourceType).includes(item.sourceType)) {
      throw new Refusal('INVALID_VALUE', 'sourceType must be LOCAL or REMOTE');
    }
    const fps = item.fps ?? null;
    if (fps !== null && !(fps >= 0 && fps <= 1_000_000)) throw notACount('fps');
    return {
      videoKey: required(item.videoKey, 'videoKey'),
      title: required(item.title, 'title'),
      sourceType: item.sourceType,
      sourcePath: text(item.sourcePath, 'sourcePath', MAX_TEXT_CHARS),
      sourceUrl: text(item.sourceUrl, 'sourceUrl', MAX_TEXT_CHARS),
      durationMs: count(item.durationMs, 'durationMs'),
      widthPx: count(item.widthPx, 'widthPx'),
      heightPx: count(item.heightPx, 'heightPx'),
      codec: text(item.codec, 'codec', MAX_WORD_CHARS),
      container: text(item.container, 'container', MAX_WORD_CHARS),
      audioCodec: text(item.audioCodec, 'audioCodec', MAX_WORD_CHARS),
      fpsX100: fps === null ? null : Math.round(fps * 100),
      bitrateKbps: count(item.bitrateKbps, 'bitrateKbps'),
      fileSizeBytes: count(item.fileSizeBytes, 'fileSizeBytes'),
      hashSha256: text(item.hashSha256, 'hashSha256', MAX_WORD_CHARS),
      screenshotPath: text(item.screenshotPath, 'screenshotPath', MAX_TEXT_CHARS),
      metadataJson: this.#json(item.metadata, MAX_METADATA_BYTES),
    };
  }

  #instant(value: number, name: string): number {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new Refusal('INVALID_VALUE', `${name} must be epoch milliseconds`);
    }
    if (value > this.#limits.nowMs + this.#limits.maxFutureSkewMs) {
      throw new Refusal('IN_THE_FUTURE', `${name} lies in the future: check the client's clock`);
    }
    return value;
  }

  #json(value: unknown, capBytes: number): string | null {
    return this.#capped(toJson(value), capBytes);
  }

  #capped(json: string | null, capBytes: number): string | null {
    // Three bytes a UTF-16 unit is the most UTF-8 takes: short texts need no count.
    if (json === null || json.length * 3 <= capBytes) return json;
    if (new TextEncoder().encode(json).length <= capBytes) return json;
    this.truncatedCount += 1;
    return TRUNCATED_JSON;
  }
}
