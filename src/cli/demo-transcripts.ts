import { SourceType } from '../domain/immersion/enums.js';
import type { StatsStore } from '../domain/stats-store.js';
import { DAY_MS, MINUTE_MS } from '../domain/time.js';
import type { TranscriptContent } from '../domain/transcripts/cache.js';
import type { TranscriptSegment } from '../domain/transcripts/segments.js';
import { createRandom, SERIES, videoOf } from './demo-history.js';

/** Lines of made-up dialogue. */
export const LINES = {
  ja: [
    '港の灯りがきれいですね。',
    '地図を見せてください。',
    'ラーメンを二つお願いします。',
    '明日の朝、船が出ます。',
    'どうしてここに来たの？',
    'もう一度言ってください。',
  ],
  ko: ['사과나무에 눈이 내렸어요.', '오늘은 정말 춥네요.', '내일 다시 올게요.', '그 이야기는 처음 들어요.'],
  de: [
    'Das Papierboot schwimmt noch.',
    'Wo ist die Brücke geblieben?',
    'Morgen regnet es wieder.',
    'Ich habe den Schlüssel verloren.',
  ],
} as const;
/** One line every four seconds. */
const LINE_EVERY_MS = 4_000;
/** Of the extractions that failed first and are remembered as such. */
const FAILURE_SHARE = 0.08;

/** Transcripts of the library's videos, some of them failures that are remembered. Answers how many were put. */
export async function fillTranscripts(
  { transcriptCache }: Pick<StatsStore, 'transcriptCache'>,
  days: number,
  endMs: number,
): Promise<number> {
  const random = createRandom(20_261_124);
  let count = 0;
  for (const series of SERIES) {
    for (let episode = 1; episode <= series.episodes; episode += 1) {
      const { videoKey, title, sourceUrl, durationMs } = videoOf(series, episode);
      const extractedAtMs = endMs - Math.floor(random() * days * DAY_MS);
      const content: TranscriptContent =
        random() < FAILURE_SHARE
          ? { errorCode: 'NO_CAPTIONS', errorMessage: 'The video has no captions' }
          : { segments: segmentsOf(LINES[series.language], durationMs ?? 0, random) };
      const transcript = {
        video: { videoKey, title, sourceType: SourceType.REMOTE, sourceUrl },
        language: series.language,
        source: 'captions',
        content,
        extractedAtMs,
        extractionMs: Math.floor(700 + random() ** 3 * 20_000),
        expiresAtMs: null,
      };
      await transcriptCache.putTranscripts([transcript], null, extractedAtMs);
      count += 1;
    }
  }
  return count;
}

export function segmentsOf(
  lines: readonly string[],
  durationMs: number,
  random: () => number,
): TranscriptSegment[] {
  const segments: TranscriptSegment[] = [];
  for (let startMs = MINUTE_MS; startMs < durationMs - MINUTE_MS; startMs += LINE_EVERY_MS) {
    if (random() < 0.4) continue;
    const text = lines[Math.floor(random() * lines.length)] ?? '';
    segments.push({ startMs, endMs: startMs + 3_000, text });
  }
  return segments;
}
