import { describe, expect, it } from 'vitest';
import { COUNTER_KEYS } from '../../src/domain/immersion/counters.js';
import { EventType, type SourceType } from '../../src/domain/immersion/enums.js';
import { MAX_ITEMS_PER_REQUEST, TRUNCATED_JSON } from '../../src/domain/immersion/ingest.js';
import type { VideoItem } from '../../src/domain/immersion/ingest-items.js';
import { newRequest, NOW, rejectionOfSample, rejectionOfVideo, SKEW, UUID, video } from './ingest-items.js';

describe('samples', () => {
  it('become a command with counters in their stored order, absent ones 0', () => {
    const request = newRequest();
    request.samples(
      UUID,
      [{ sampleMs: NOW, totalWatchedMs: 9, mediaBufferEvents: 4, lookupCount: null }],
      'samples',
    );
    expect(request.commands).toEqual([
      {
        kind: 'recordSample',
        sessionUuid: UUID,
        sampleMs: NOW,
        counters: [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4],
      },
    ]);
  });

  describe.each(COUNTER_KEYS)('%s', (key) => {
    it.each([
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number('1e400'),
      2 ** 53,
    ])('cannot be %d', (value) => {
      expect(rejectionOfSample({ totalWatchedMs: 1e12, lookupCount: 1e12, [key]: value })).toEqual({
        index: 0,
        path: 'samples[0]',
        code: 'INVALID_VALUE',
        message: `${key} must be an integer of at least 0`,
      });
    });
  });

  it.each(COUNTER_KEYS)('take up to 10^12 of %s, and not one more', (key) => {
    const others = { totalWatchedMs: 1e12, lookupCount: 1e12 };
    expect(rejectionOfSample({ ...others, [key]: 1_000_000_000_000 })).toBeUndefined();
    expect(rejectionOfSample({ ...others, [key]: 1_000_000_000_001 })).toMatchObject({
      code: 'INVALID_VALUE',
      message: `${key} is at most 1000000000000`,
    });
  });

  it('refuse hits above look-ups and active above total, and take equal ones', () => {
    expect(rejectionOfSample({ lookupCount: 2, lookupHits: 3 })?.code).toBe('HITS_ABOVE_LOOKUPS');
    expect(rejectionOfSample({ lookupHits: 1 })?.code).toBe('HITS_ABOVE_LOOKUPS');
    expect(rejectionOfSample({ lookupCount: 3, lookupHits: 3 })).toBeUndefined();
    expect(rejectionOfSample({ totalWatchedMs: 5, activeWatchedMs: 6 })?.code).toBe('ACTIVE_ABOVE_TOTAL');
    expect(rejectionOfSample({ totalWatchedMs: 6, activeWatchedMs: 6 })).toBeUndefined();
  });

  it('may run ahead of the server by the skew and not by a millisecond more', () => {
    expect(rejectionOfSample({ sampleMs: NOW + SKEW })).toBeUndefined();
    expect(rejectionOfSample({ sampleMs: NOW + SKEW + 1 })?.code).toBe('IN_THE_FUTURE');
    expect(rejectionOfSample({ sampleMs: 0 })).toBeUndefined();
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('refuse %d as an instant', (sampleMs) => {
    expect(rejectionOfSample({ sampleMs })).toMatchObject({
      code: 'INVALID_VALUE',
      message: 'sampleMs must be epoch milliseconds',
    });
  });
});

describe('places in a request', () => {
  it('count on over its lists, and a bad item leaves the others', () => {
    const request = newRequest();
    request.video(video({ title: ' ' }), 'videos[0]');
    request.start({ sessionUuid: UUID, video: video(), startedAtMs: NOW + SKEW + 1 }, 'starts[0]');
    request.samples(UUID, [{ sampleMs: NOW }, { sampleMs: NOW, linesSeen: -1 }], 'telemetry[0].samples');
    request.events(UUID, [{ tsMs: NOW, type: EventType.LOOKUP, lineIndex: -1 }], 'events[0].events');
    request.end({ sessionUuid: UUID, endedAtMs: -1 }, 'ends[0]');
    expect(request.commands.map(({ kind }) => kind)).toEqual(['recordSample']);
    expect(request.rejected.map(({ index, path, code }) => [index, path, code])).toEqual([
      [0, 'videos[0]', 'INVALID_VALUE'],
      [1, 'starts[0]', 'IN_THE_FUTURE'],
      [3, 'telemetry[0].samples[1]', 'INVALID_VALUE'],
      [4, 'events[0].events[0]', 'INVALID_VALUE'],
      [5, 'ends[0]', 'INVALID_VALUE'],
    ]);
  });

  it('are those of the item when storage refuses its command later', () => {
    const request = newRequest();
    request.samples(UUID, [{ sampleMs: -1 }, { sampleMs: NOW }, { sampleMs: NOW - 1 }], 'samples');
    request.refuse(0, 'SESSION_UNKNOWN');
    request.refuse(1, 'SQLITE_CONSTRAINT_CHECK');
    request.refuse(99, 'SESSION_UNKNOWN');
    expect(request.rejected.slice(1)).toEqual([
      {
        index: 1,
        path: 'samples[1]',
        code: 'SESSION_UNKNOWN',
        message: 'No session with this UUID was started',
      },
      {
        index: 2,
        path: 'samples[2]',
        code: 'REFUSED_BY_STORAGE',
        message: 'Storage refused this item; it is a dead letter',
      },
    ]);
  });

  it('are at most a thousand: one more is an error of the request, whatever list it is in', () => {
    const items = Array.from({ length: MAX_ITEMS_PER_REQUEST }, (_, i) => ({ sampleMs: NOW - i }));
    const request = newRequest();
    request.samples(UUID, items, 'samples');
    expect(request.commands).toHaveLength(1_000);
    expect(() => request.end({ sessionUuid: UUID }, 'ends[0]')).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message: 'A request has at most 1000 items' }),
    );
  });

  it('count rejected items towards the thousand too', () => {
    const items = Array.from({ length: 1_001 }, () => ({ sampleMs: -1 }));
    expect(() => newRequest().samples(UUID, items, 'samples')).toThrow('at most 1000 items');
  });
});

describe('videos, starts and ends', () => {
  it.each<[string, Partial<VideoItem>, string]>([
    ['an empty key', { videoKey: '' }, 'INVALID_VALUE'],
    ['a blank title', { title: ' \t' }, 'INVALID_VALUE'],
    ['a title of 1025 characters', { title: 'x'.repeat(1_025) }, 'TOO_LONG'],
    ['a path of 4097 characters', { sourcePath: 'x'.repeat(4_097) }, 'TOO_LONG'],
    ['a codec of 129 characters', { codec: 'x'.repeat(129) }, 'TOO_LONG'],
    ['a source type nobody can report', { sourceType: -1 as SourceType }, 'INVALID_VALUE'],
    ['a negative duration', { durationMs: -1 }, 'INVALID_VALUE'],
    ['a negative frame rate', { fps: -0.01 }, 'INVALID_VALUE'],
    ['an endless frame rate', { fps: Number.POSITIVE_INFINITY }, 'INVALID_VALUE'],
    ['no number of frames', { fps: Number.NaN }, 'INVALID_VALUE'],
    ['a size beyond the safe integers', { fileSizeBytes: 1e16 }, 'INVALID_VALUE'],
  ])('with %s are rejected', (_what, fields, code) => {
    expect(rejectionOfVideo(fields)).toMatchObject({ index: 0, path: 'input', code });
  });

  it('at the bounds are taken, and empty text is unknown', () => {
    const request = newRequest();
    request.video(
      video({ title: 'x'.repeat(1_024), sourcePath: 'p'.repeat(4_096), codec: '', fps: 23.976 }),
      'input',
    );
    expect(request.commands).toMatchObject([
      { kind: 'upsertVideo', receivedAtMs: NOW, video: { codec: null, fpsX100: 2_398 } },
    ]);
  });

  it('replace metadata over 4096 bytes', () => {
    const request = newRequest();
    request.video(video({ metadata: 'x'.repeat(4_094) }), 'a');
    request.video(video({ metadata: 'x'.repeat(4_095) }), 'b');
    const stored = request.commands.map((c) => (c.kind === 'upsertVideo' ? c.video.metadataJson : null));
    expect(stored).toEqual([`"${'x'.repeat(4_094)}"`, TRUNCATED_JSON]);
    expect(request.truncatedCount).toBe(1);
  });

  it('begin and end now when nothing else was said', () => {
    const request = newRequest();
    request.start({ sessionUuid: UUID, video: video(), targetLanguage: 'ja' }, 'input');
    request.end({ sessionUuid: UUID }, 'input');
    expect(request.commands).toMatchObject([
      { kind: 'startSession', startedAtMs: NOW, targetLanguage: 'ja', locale: null, subtitleMode: null },
      { kind: 'endSession', endedAtMs: NOW },
    ]);
  });

  it.each([
    ['locale', { locale: 'x'.repeat(129) }, 'TOO_LONG'],
    ['difficultyTier', { difficultyTier: -1 }, 'INVALID_VALUE'],
    ['startedAtMs', { startedAtMs: Number.NaN }, 'INVALID_VALUE'],
    ['subtitleMode', { subtitleMode: -1 }, 'INVALID_VALUE'],
  ])('reject a start with a bad %s', (name, fields, code) => {
    const request = newRequest();
    request.start({ sessionUuid: UUID, video: video(), ...fields }, 'starts[4]');
    expect(request.rejected).toMatchObject([{ path: 'starts[4]', code }]);
    expect(request.rejected[0]!.message).toContain(name);
  });
});
