import { hash53 } from '../domain/hash.js';
import { EventType, SourceType, SubtitleMode } from '../domain/immersion/enums.js';
import type { VideoFields } from '../domain/immersion/types.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import type { WriteCommand } from '../domain/write-command.js';

const SAMPLE_EVERY_MS = 15_000;

/** mulberry32 (T. Ettinger): 32 bits of state, the same numbers on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const SERIES = [
  { name: 'Harbour Lights', language: 'ja', minutes: 24, episodes: 12, wordsPerMin: 62 },
  { name: 'The Cartographer', language: 'ja', minutes: 46, episodes: 10, wordsPerMin: 81 },
  { name: 'Noodle Street', language: 'ja', minutes: 27, episodes: 20, wordsPerMin: 74 },
  { name: 'Winter Orchard', language: 'ko', minutes: 58, episodes: 8, wordsPerMin: 69 },
  { name: 'Papierboot', language: 'de', minutes: 43, episodes: 6, wordsPerMin: 96 },
] as const;

/**
 * Made-up history of one viewer: evenings and weekends, a pause of some days now and then, a little more each month.
 * The same `endMs` gives the same commands. One array per session, oldest first.
 */
export function* demoHistory(days: number, endMs: number): Generator<WriteCommand[]> {
  const random = createRandom(20_261_121);
  const firstDay = Math.floor(endMs / DAY_MS) - days + 1;
  let episode = 0;
  for (let day = firstDay; day < firstDay + days; day += 1) {
    const weekday = (day + 3) % 7;
    const isWeekend = weekday >= 5;
    if (random() < (isWeekend ? 0.08 : 0.2)) continue;
    const sittings = 1 + Math.floor(random() * (isWeekend ? 4 : 2.4));
    let startMs = day * DAY_MS + (isWeekend ? 10 : 18) * HOUR_MS + Math.floor(random() * 90) * MINUTE_MS;
    for (let i = 0; i < sittings; i += 1) {
      const series = SERIES[Math.floor(random() ** 1.5 * SERIES.length)] ?? SERIES[0];
      const progress = (day - firstDay) / days;
      const commands = sitting(series, (episode % series.episodes) + 1, startMs, progress, random);
      episode += 1;
      startMs = lastMs(commands) + Math.floor(5 + random() * 40) * MINUTE_MS;
      if (lastMs(commands) > endMs) return;
      yield commands;
    }
  }
}

function sitting(
  series: (typeof SERIES)[number],
  episode: number,
  startMs: number,
  progress: number,
  random: () => number,
): WriteCommand[] {
  const video = videoOf(series, episode);
  const sessionUuid = uuidOf(`${video.videoKey} ${startMs}`);
  const durationMs = (video.durationMs ?? 0) * (random() < 0.15 ? 0.3 + random() * 0.5 : 1);
  const speed = series.wordsPerMin * (0.75 + 0.35 * progress + 0.1 * random());
  const c = {
    total: 0,
    active: 0,
    lines: 0,
    words: 0,
    cards: 0,
    lookups: 0,
    hits: 0,
    pauses: 0,
    pauseMs: 0,
    back: 0,
    forward: 0,
  };
  const commands: WriteCommand[] = [
    {
      kind: 'startSession',
      sessionUuid,
      startedAtMs: startMs,
      video,
      locale: 'en',
      targetLanguage: series.language,
      difficultyTier: null,
      subtitleMode: SubtitleMode.TARGET,
      receivedAtMs: startMs,
    },
  ];
  let nowMs = startMs;
  let seq = 0;
  const event = (type: EventType, tsMs: number, wordsDelta = 0, cardsDelta = 0): void => {
    seq += 1;
    const place = {
      lineIndex: type === EventType.SUBTITLE_LINE ? c.lines : null,
      segmentStartMs: null,
      segmentEndMs: null,
    };
    commands.push({
      kind: 'recordEvent',
      sessionUuid,
      event: { tsMs, type, clientSeq: seq, ...place, wordsDelta, cardsDelta, payloadJson: null },
    });
  };
  while (c.active < durationMs) {
    nowMs += SAMPLE_EVERY_MS;
    const pausedMs = random() < 0.18 ? Math.floor(random() * 12_000) : 0;
    c.total += SAMPLE_EVERY_MS;
    c.active += SAMPLE_EVERY_MS - pausedMs;
    if (pausedMs > 0) {
      c.pauses += 1;
      c.pauseMs += pausedMs;
      event(EventType.PAUSE_START, nowMs - pausedMs);
      event(EventType.PAUSE_END, nowMs);
    }
    const lines = Math.floor(random() * 4);
    for (let i = 0; i < lines; i += 1) {
      const words = Math.max(1, Math.round((speed / 8) * (0.6 + random() * 0.8)));
      c.lines += 1;
      c.words += words;
      event(EventType.SUBTITLE_LINE, nowMs - SAMPLE_EVERY_MS + i * 4_000 + 500, words);
    }
    if (random() < 0.35) {
      c.lookups += 1;
      if (random() < 0.86) c.hits += 1;
      event(EventType.LOOKUP, nowMs - 900);
      if (random() < 0.3) {
        c.cards += 1;
        event(EventType.CARD_MINED, nowMs - 400, 0, 1);
      }
    }
    if (random() < 0.04) {
      c.back += 1;
      event(EventType.SEEK_BACKWARD, nowMs - 200);
    }
    if (random() < 0.01) {
      c.forward += 1;
      event(EventType.SEEK_FORWARD, nowMs - 100);
    }
    const tokens = Math.round(c.words * 1.7);
    commands.push({
      kind: 'recordSample',
      sessionUuid,
      sampleMs: nowMs,
      counters: [
        c.total,
        c.active,
        c.lines,
        c.words,
        tokens,
        c.cards,
        c.lookups,
        c.hits,
        c.pauses,
        c.pauseMs,
        c.forward,
        c.back,
        0,
      ],
    });
  }
  commands.push({ kind: 'endSession', sessionUuid, endedAtMs: nowMs, receivedAtMs: nowMs });
  return commands;
}

export function videoOf(series: (typeof SERIES)[number], episode: number): VideoFields {
  const title = `${series.name} ${String(episode).padStart(2, '0')}`;
  return {
    videoKey: `demo:${title.toLowerCase().replaceAll(' ', '-')}`,
    title,
    sourceType: SourceType.REMOTE,
    sourcePath: null,
    sourceUrl: `https://example.org/watch/${title.toLowerCase().replaceAll(' ', '-')}`,
    durationMs: series.minutes * MINUTE_MS,
    widthPx: 1920,
    heightPx: 1080,
    codec: 'h264',
    container: 'matroska',
    audioCodec: 'aac',
    fpsX100: 2398,
    bitrateKbps: 3_800,
    fileSizeBytes: null,
    hashSha256: null,
    screenshotPath: null,
    metadataJson: null,
  };
}

function lastMs(commands: readonly WriteCommand[]): number {
  const last = commands.at(-1);
  return last?.kind === 'endSession' ? last.endedAtMs : 0;
}

/** A UUID of version 8 (RFC 9562, custom) from a text. */
export function uuidOf(text: string): string {
  const hex = [hash53(text), hash53(`${text}+`), hash53(`${text}-`)]
    .map((n) => n.toString(16).padStart(14, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
