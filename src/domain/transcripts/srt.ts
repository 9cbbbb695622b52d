import { toSegments, type TranscriptSegment } from './segments.js';
import { formatInstant, linesOf, parseTiming, type Timing } from './subtitle-lines.js';

/**
 * HTML-like tags and overrides of ASS that players honour. SubRip has no standard and no escapes: a text that holds such
 * a tag loses it. Only tags that take attributes may have them, so that `<3` and `a<b x>y` stay text.
 */
const STYLE =
  /<\/?(?:b|i|rt|ruby|s|u)>|<\/?c(?:\.[^<>]*)?>|<\/?(?:font|lang|v)(?:[\s.][^<>]*)?>|\{\\[^{}]*\}/gi;
const NUMBER = /^\s*(\d+)\s*$/;

/**
 * Reads a SubRip file as players do: found by the lines of times, so that missing numbers, missing empty lines and
 * empty lines inside of a text do no harm. Throws BAD_USER_INPUT when no cue has text.
 */
export function parseSrt(file: string): readonly TranscriptSegment[] {
  const cues: { timing: Timing; lines: string[] }[] = [];
  let before: string[] = [];
  for (const line of linesOf(file)) {
    const timing = parseTiming(line);
    if (timing === null) {
      before.push(line);
      continue;
    }
    dropNumber(before, cues.length + 1);
    before = [];
    cues.push({ timing, lines: before });
  }
  return toSegments(
    cues.map(({ timing, lines }) => ({ ...timing, text: lines.join('\n').replaceAll(STYLE, '') })),
  );
}

/** The number of the next cue stands at the end of what was said before it: behind an empty line, or as is due. */
function dropNumber(lines: string[], due: number): void {
  const number = NUMBER.exec(lines.at(-1) ?? '')?.[1];
  if (number === undefined) return;
  const isAlone = lines.length < 2 || lines.at(-2)?.trim() === '';
  if (isAlone || Number(number) === due) lines.pop();
}

/** As SubRip writes it. The arrow of the times cannot stand in a text: it becomes a shorter one. */
export const toSrt = (segments: readonly TranscriptSegment[]): string =>
  segments
    .map(({ startMs, endMs, text }, index) => {
      const times = `${formatInstant(startMs, ',')} --> ${formatInstant(endMs, ',')}`;
      return `${index + 1}\n${times}\n${text.replaceAll('-->', '->')}\n`;
    })
    .join('\n');
