import { readFileSync } from 'node:fs';

/** One subtitle of an SRT file, without its markup. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** A stretch of the media that was played without a jump. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ExpectedCounts {
  readonly linesSeen: number;
  readonly wordsSeen: number;
  readonly tokensSeen: number;
  /** The counted lines in the order in which they were seen. */
  readonly cues: readonly Cue[];
}

function parseTimestampMs(text: string): number {
  const match = /^(\d+):(\d\d):(\d\d),(\d{3})$/.exec(text.trim());
  if (match === null) throw new Error(`not an SRT time: ${text}`);
  const [hours, minutes, seconds, ms] = match.slice(1).map(Number);
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1000 + ms!;
}

export function parseSrt(file: string): Cue[] {
  const blocks = readFileSync(file, 'utf8')
    .trim()
    .split(/\n\s*\n/u);
  return blocks.map((block) => {
    const [, times, ...rows] = block.split('\n');
    const [start, end] = times!.split('-->');
    const text = rows.join('\n').replace(/<[^>]+>/gu, '');
    return { startMs: parseTimestampMs(start!), endMs: parseTimestampMs(end!), text };
  });
}

// Written with Unicode properties, on purpose unlike the tables of the mpv script that it checks.
const CJK = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]`;
const LETTER = String.raw`(?:(?!${CJK})[\p{L}\p{N}\p{M}])`;
const WORD = new RegExp(
  [
    String.raw`\p{Script=Han}+`,
    String.raw`\p{Script=Hiragana}[\p{Script=Hiragana}ー]*`,
    String.raw`[\p{Script=Katakana}ー]+`,
    `${LETTER}+(?:['’]${LETTER}+)*`,
  ].join('|'),
  'gu',
);

export function countWords(text: string): number {
  return [...text.matchAll(WORD)].length;
}

export function countTokens(text: string): number {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]/gu)].length;
}

/**
 * What a viewer of these stretches has seen. A line counts when it is on screen and was not counted since
 * the last jump to or before its start.
 */
export function countSeen(cues: readonly Cue[], path: readonly Stretch[]): ExpectedCounts {
  const seen: Cue[] = [];
  const counted = new Set<Cue>();
  let previousEndMs = 0;
  for (const { fromMs, toMs } of path) {
    if (fromMs < previousEndMs) {
      for (const cue of [...counted]) if (cue.startMs >= fromMs) counted.delete(cue);
    }
    for (const cue of cues) {
      const isOnScreen = cue.startMs <= toMs && cue.endMs > fromMs;
      if (!isOnScreen || counted.has(cue)) continue;
      counted.add(cue);
      seen.push(cue);
    }
    previousEndMs = toMs;
  }
  const sum = (count: (text: string) => number): number =>
    seen.reduce((total, cue) => total + count(cue.text), 0);
  return { linesSeen: seen.length, wordsSeen: sum(countWords), tokensSeen: sum(countTokens), cues: seen };
}

/** The smallest distance of a jump or stop from a line's start: below two frames the count would be a guess. */
export function closestStartMs(cues: readonly Cue[], path: readonly Stretch[]): number {
  const marks = path.flatMap((stretch) => [stretch.fromMs, stretch.toMs]).filter((mark) => mark > 0);
  return Math.min(...marks.flatMap((mark) => cues.map((cue) => Math.abs(cue.startMs - mark))));
}
