import { describe, expect, it } from 'vitest';
import { MAX_PASSAGE_CHARS, segmentAt, toPassages } from '../../src/domain/transcripts/passages.js';

const segment = (startMs: number, text: string) => ({ startMs, endMs: startMs + 900, text });

describe('the passages of a transcript', () => {
  it('hold segments in a row, up to the bound, and begin when their first segment does', () => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      segment(n * 1_000, `line ${n} ${'word '.repeat(20)}end`),
    );
    const passages = toPassages(lines);
    expect(passages.map(({ part }) => part)).toEqual(passages.map((_, index) => index));
    expect(passages.length).toBeGreaterThan(5);
    for (const { text, segments, atMs } of passages) {
      expect(text.length).toBeLessThanOrEqual(MAX_PASSAGE_CHARS);
      expect(atMs).toBe(segments[0]?.segment.startMs);
    }
    expect(passages.map(({ text }) => text).join('\n')).toBe(lines.map(({ text }) => text).join('\n'));
    expect(toPassages(lines)).toEqual(passages);
  });

  it('know which segment a place in their text belongs to', () => {
    const [first, second] = [segment(1_000, 'good morning'), segment(5_000, 'to you')];
    const [passage] = toPassages([first, second]);
    expect(passage?.text).toBe('good morning\nto you');
    const at = (offset: number) => passage && segmentAt(passage, offset);
    expect([at(0), at(11), at(13), at(18)]).toEqual([first, first, second, second]);
  });

  it('cut what is longer than the bound between words, else between characters, and lose none', () => {
    const words = segment(0, 'abc '.repeat(1_000).trim());
    expect(
      toPassages([words])
        .map(({ text }) => text)
        .join(' '),
    ).toBe(words.text);
    const characters = segment(0, `x${'🎬'.repeat(1_000)}`);
    const cut = toPassages([characters]).map(({ text }) => text);
    expect(cut.join('')).toBe(characters.text);
    expect(cut.every((text) => text.length <= MAX_PASSAGE_CHARS && !/\p{Surrogate}/u.test(text))).toBe(true);
  });

  it('of nothing are none', () => {
    expect(toPassages([])).toEqual([]);
  });
});
