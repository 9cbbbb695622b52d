import { describe, expect, it } from 'vitest';
import { EventType } from '../../src/domain/immersion/enums.js';
import { TRUNCATED_JSON } from '../../src/domain/immersion/ingest.js';
import type { EventItem } from '../../src/domain/immersion/ingest-items.js';
import { eventsOf, SKEW, NOW } from './ingest-items.js';

describe('payloads', () => {
  /** `{"a":"..."}` takes eight bytes around its text. */
  const payload = (text: string) => ({ a: text });

  it.each([
    ['ASCII', 'x'.repeat(248)],
    ['two bytes a character', 'é'.repeat(124)],
    ['three bytes a character', '字'.repeat(82) + 'xx'],
    ['four bytes a character', '🎬'.repeat(62)],
  ])('of exactly the cap stay as they are: %s', (_what, text) => {
    const json = JSON.stringify(payload(text));
    expect(Buffer.byteLength(json)).toBe(256);
    const { request, commands } = eventsOf([{ payload: payload(text) }]);
    expect(commands[0]!.event.payloadJson).toBe(json);
    expect(request.truncatedCount).toBe(0);
  });

  it.each([
    ['ASCII', 'x'.repeat(249)],
    ['two bytes a character', 'é'.repeat(124) + 'x'],
    ['three bytes a character', '字'.repeat(83)],
    ['four bytes a character', '🎬'.repeat(62) + 'x'],
  ])('of one byte more are replaced and counted, the item is kept: %s', (_what, text) => {
    expect(Buffer.byteLength(JSON.stringify(payload(text)))).toBe(257);
    const { request, commands } = eventsOf([{ payload: payload(text) }, { payload: payload('short') }]);
    expect(commands.map(({ event }) => event.payloadJson)).toEqual([TRUNCATED_JSON, '{"a":"short"}']);
    expect(request.truncatedCount).toBe(1);
    expect(request.rejected).toEqual([]);
  });

  it('may be any JSON value; absent and null are none', () => {
    const { commands } = eventsOf([
      { payload: 0 },
      { payload: 'text' },
      { payload: [1] },
      { payload: false },
      { payload: null },
      {},
    ]);
    expect(commands.map(({ event }) => event.payloadJson)).toEqual([
      '0',
      '"text"',
      '[1]',
      'false',
      null,
      null,
    ]);
  });
});

describe('the number of an event that sent none', () => {
  const seqOf = (item: Partial<EventItem>): number => eventsOf([item]).commands[0]!.event.clientSeq;
  const base = { lineIndex: 3, wordsDelta: 2, payload: { text: '字幕' } };

  it('is the same for the same content, in any request', () => {
    expect(seqOf(base)).toBe(seqOf({ ...base }));
    expect(Number.isSafeInteger(seqOf(base))).toBe(true);
    expect(seqOf(base)).toBeGreaterThanOrEqual(0);
  });

  it('differs with each field of the content', () => {
    const variants: Partial<EventItem>[] = [
      base,
      { ...base, type: EventType.CARD_MINED },
      { ...base, lineIndex: 4 },
      { ...base, segmentStartMs: 3 },
      { ...base, segmentEndMs: 3 },
      { ...base, wordsDelta: 3 },
      { ...base, cardsDelta: 2 },
      { ...base, payload: { text: '字幕 ' } },
      { ...base, payload: null },
    ];
    expect(new Set(variants.map(seqOf)).size).toBe(variants.length);
  });

  it('differs for two payloads that are both over the cap', () => {
    const long = 'x'.repeat(300);
    expect(seqOf({ payload: `${long}1` })).not.toBe(seqOf({ payload: `${long}2` }));
  });

  it('is the one that was sent, when one was', () => {
    expect(seqOf({ ...base, clientSeq: 0 })).toBe(0);
    expect(seqOf({ ...base, clientSeq: 77 })).toBe(77);
  });
});

describe('events', () => {
  it.each<[string, Partial<EventItem>]>([
    ['a type nobody can report', { type: -1 as EventType }],
    ['a type of the future', { type: 99 as EventType }],
    ['a negative number', { clientSeq: -1 }],
    ['half a line', { lineIndex: 0.5 }],
    ['a segment before its file', { segmentStartMs: -1 }],
    ['an endless segment', { segmentEndMs: Number.POSITIVE_INFINITY }],
    ['half a word', { wordsDelta: 0.5 }],
    ['no number of cards', { cardsDelta: Number.NaN }],
    ['an instant before 1970', { tsMs: -5 }],
  ])('with %s are rejected', (_what, item) => {
    expect(eventsOf([item]).request.rejected.map(({ code }) => code)).toEqual(['INVALID_VALUE']);
  });

  it('may take back a card, and have every known type', () => {
    const { commands } = eventsOf(Object.values(EventType).map((type) => ({ type, cardsDelta: -1 })));
    expect(commands.map(({ event }) => event.type)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(commands[0]!.event.cardsDelta).toBe(-1);
  });

  it('of the future are rejected like samples', () => {
    const { request, commands } = eventsOf([{ tsMs: NOW + SKEW }, { tsMs: NOW + SKEW + 1 }]);
    expect(commands).toHaveLength(1);
    expect(request.rejected[0]).toMatchObject({ index: 1, path: 'events[1]', code: 'IN_THE_FUTURE' });
  });
});
