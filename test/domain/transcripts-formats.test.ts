import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  MAX_SEGMENTS,
  toPlainText,
  toSegments,
  type TranscriptSegment,
} from '../../src/domain/transcripts/segments.js';
import { parseSrt, toSrt } from '../../src/domain/transcripts/srt.js';
import { parseVtt, toVtt } from '../../src/domain/transcripts/vtt.js';
import { Random } from '../fuzz/random.js';

const file = (name: string): string =>
  readFileSync(new URL(`../fixtures/subtitles/${name}`, import.meta.url), 'utf8');
const dialogue = (name: string): string =>
  readFileSync(new URL(`../e2e/fixtures/${name}`, import.meta.url), 'utf8');

describe('SubRip', () => {
  it('is read with a byte order mark, CRLF, coordinates, tags, and a number as the text', () => {
    expect(parseSrt(file('styled-crlf.srt'))).toEqual([
      { startMs: 1_000, endMs: 3_500, text: 'Where were you\nwhen the lights went out?' },
      { startMs: 4_000, endMs: 6_000, text: 'I <3 you & you know it.' },
      { startMs: 6_500, endMs: 7_000, text: '42' },
    ]);
  });

  it('is read without numbers, and with an empty line inside of a text', () => {
    expect(parseSrt(file('numberless.ja.srt'))).toEqual([
      { startMs: 1_000, endMs: 2_500, text: 'こんにちは、世界。' },
      { startMs: 3_000, endMs: 5_000, text: '東京へ行きます。\n二行目です。' },
    ]);
  });

  it('is read without empty lines, with points, short fractions and more than 99 hours', () => {
    expect(parseSrt(file('crowded.zh.srt'))).toEqual([
      { startMs: 1_500, endMs: 2_000, text: '你好' },
      { startMs: 3_000, endMs: 4_000, text: '我们去北京。' },
      { startMs: 360_000_000, endMs: 360_002_250, text: '一百小时以后' },
    ]);
  });

  it('keeps the times apart from a text that holds their arrow', () => {
    const arrow = '00:00:01,000 --> 00:00:02,000';
    const [segment, ...others] = parseSrt(toSrt([{ startMs: 0, endMs: 5, text: arrow }]));
    expect(others).toEqual([]);
    expect(segment).toEqual({ startMs: 0, endMs: 5, text: arrow.replace('-->', '->') });
  });

  it('refuses what has no cue', () => {
    expect(() => parseSrt('no subtitles here')).toThrow('no segment');
  });
});

describe('WebVTT', () => {
  it('is read without its notes, styles, regions, names, settings and tags', () => {
    expect(parseVtt(file('settings.vtt'))).toEqual([
      { startMs: 1_000, endMs: 3_000, text: 'Fish & chips are <good>.\nReally.' },
      { startMs: 3_723_004, endMs: 3_725_000, text: 'مرحبا\u00A0بالعالم' },
      { startMs: 360_000_000, endMs: 360_001_000, text: 'Привет' },
    ]);
  });

  it('refuses a file without its header', () => {
    expect(() => parseVtt('00:01.000 --> 00:02.000\nHello\n')).toThrow('begins with WEBVTT');
  });
});

describe('segments', () => {
  it('stand in time order, end at or after their start, and number no more than the bound', () => {
    const out = toSegments([
      { startMs: 9, endMs: 1, text: ' late \n\n line ' },
      { startMs: 1, endMs: 2, text: 'early' },
      { startMs: 2, endMs: 3, text: ' ' },
    ]);
    expect(out).toEqual([
      { startMs: 1, endMs: 2, text: 'early' },
      { startMs: 9, endMs: 9, text: 'late\nline' },
    ]);
    expect(toPlainText(out)).toBe('early\nlate\nline\n');
    const many = Array.from({ length: MAX_SEGMENTS + 1 }, (_, i) => ({ startMs: i, endMs: i, text: 'x' }));
    expect(() => toSegments(many)).toThrow('at most');
  });
});

describe('what was read from a file', () => {
  const files: readonly (readonly [string, readonly TranscriptSegment[]])[] = [
    ...['styled-crlf.srt', 'numberless.ja.srt', 'crowded.zh.srt'].map(
      (name) => [name, parseSrt(file(name))] as const,
    ),
    ...['dialogue.en.srt', 'dialogue.ja.srt'].map((name) => [name, parseSrt(dialogue(name))] as const),
    ['settings.vtt', parseVtt(file('settings.vtt'))],
  ];
  it.each(files)('is the same after it was written and read again: %s', (_name, segments) => {
    expect(segments.length).toBeGreaterThan(1);
    expect(parseSrt(toSrt(segments))).toEqual(segments);
    expect(parseVtt(toVtt(segments))).toEqual(segments);
  });
});

describe('generated transcripts', () => {
  const WORDS = [
    'Fish',
    '&',
    'a<b',
    'x>y',
    '&amp;',
    '7',
    '42',
    '東京',
    '你好',
    'مرحبا',
    'café',
    '🎬',
    '-',
    ';',
  ];

  it('are the same after they were written and read again', () => {
    const random = new Random(20_261_121);
    for (let round = 0; round < 300; round += 1) {
      let atMs = 0;
      const segments = Array.from({ length: random.int(1, 30) }, () => {
        const startMs = (atMs += random.int(0, 400_000_000));
        const lines = Array.from({ length: random.int(1, 3) }, () =>
          Array.from({ length: random.int(1, 4) }, () => random.pick(WORDS)).join(' '),
        );
        return { startMs, endMs: startMs + random.int(0, 9_999), text: lines.join('\n') };
      });
      expect(parseVtt(toVtt(segments))).toEqual(segments);
      expect(parseSrt(toSrt(segments))).toEqual(segments);
    }
  });
});
