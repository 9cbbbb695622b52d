import { badInput } from '../errors.js';
import { toSegments, type TranscriptSegment } from './segments.js';
import { formatInstant, linesOf, parseTiming } from './subtitle-lines.js';

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  gt: '>',
  lrm: '\u200E',
  lt: '<',
  nbsp: '\u00A0',
  rlm: '\u200F',
};
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Reads WebVTT (W3C "WebVTT: The Web Video Text Tracks Format"). Notes, styles, regions, names and settings of cues,
 * and tags inside of the text are left out. Throws BAD_USER_INPUT without the header, or when no cue has text.
 */
export function parseVtt(file: string): readonly TranscriptSegment[] {
  const [header = '', ...lines] = linesOf(file);
  if (!/^WEBVTT(?:[ \t]|$)/.test(header)) throw badInput('A WebVTT file begins with WEBVTT');
  const found: TranscriptSegment[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    // A note may hold an arrow only in a line that is no timing, so every timing begins a cue.
    const timing = parseTiming(lines[at] ?? '');
    if (timing === null) continue;
    const text: string[] = [];
    while (at + 1 < lines.length && lines[at + 1] !== '' && parseTiming(lines[at + 1] ?? '') === null) {
      at += 1;
      text.push(lines[at] ?? '');
    }
    found.push({ ...timing, text: toText(text.join('\n')) });
  }
  return toSegments(found);
}

const toText = (markup: string): string =>
  markup
    .replaceAll(/<[^<>]*>/g, '')
    .replaceAll(/&([a-z]+);/g, (whole, name: string) => ENTITIES[name] ?? whole);

export const toVtt = (segments: readonly TranscriptSegment[]): string =>
  `WEBVTT\n${segments
    .map(({ startMs, endMs, text }) => {
      const times = `${formatInstant(startMs, '.')} --> ${formatInstant(endMs, '.')}`;
      return `\n${times}\n${text.replaceAll(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign)}\n`;
    })
    .join('')}`;
