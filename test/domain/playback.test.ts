import { describe, expect, it } from 'vitest';
import { AudienceDesk } from '../../src/domain/playback/audience-desk.js';
import { addBins, binsOfHalves, encodeBins, noBins } from '../../src/domain/playback/bins.js';
import { peakOf } from '../../src/domain/playback/cells.js';
import { ByteWriter } from '../../src/domain/playback/varint.js';
import { ViewerSet, visitIds } from '../../src/domain/playback/viewer-set.js';
import { toViewerUuid, viewerFor, viewerMadeAtMs } from '../../src/domain/playback/viewer-uuid.js';
import { Random } from '../fuzz/random.js';
import { FakeClock } from '../support/fake-clock.js';

describe('a set of viewers', () => {
  it.each([
    [0, 10],
    [5, 100],
    [300, 70_000],
    [301, 70_000],
    [302, 1_000],
    [603, 70_000],
    [5_000, 5_000],
    [20_000, 60_000],
    [40_000, 300_000],
    // Bitmaps and lists near their bounds, chunks that miss few, one or none.
    [3_000, 65_535],
    [3_400, 65_535],
    [4_300, 65_535],
    [400_000, 65_535],
    [300_000, 65_535],
    [250_000, 65_535],
    [900_000, 200_000],
    [2_000_000, 200_000],
  ])('of %i ids up to %i is exact through its bytes and through unions', (count, maxId) => {
    const random = new Random(count + 1);
    const ids = Array.from({ length: count }, () => random.int(1, maxId));
    const halves = [new ViewerSet(), new ViewerSet()];
    ids.forEach((id, index) => halves[index % 2]?.add(id));
    const united = new ViewerSet();
    for (const half of halves) united.addEncoded(half.encode());
    expect(united.count).toBe(new Set(ids).size);
    const seen: number[] = [];
    visitIds(united.encode(), (id) => seen.push(id));
    expect(seen).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    const again = new ViewerSet();
    again.addEncoded(united.encode());
    again.addEncoded(united.encode());
    expect(again.count).toBe(united.count);
    expect([...again.encode()]).toEqual([...united.encode()]);
  });

  it('is small: two bytes an id, and never more than a bit for each possible one', () => {
    const one = new ViewerSet();
    one.add(70_000);
    expect(one.encode().length).toBe(4);
    const many = new ViewerSet();
    for (let id = 0; id < 65_536; id += 1) many.add(id);
    expect(many.count).toBe(65_536);
    // Nobody is missing: the number of the chunk, and that of those who are.
    expect(many.encode().length).toBe(4);
    const half = new ViewerSet();
    for (let id = 0; id < 65_536; id += 2) half.add(id);
    expect(half.encode().length).toBeLessThan(8_200);
  });

  it('reads bitmaps of nearly full chunks and long lists, which were written before who is missing was listed', () => {
    const bytes = new ByteWriter();
    // Of chunk 1 all but the last 100, of chunk 3 each sixteenth.
    bytes.number(1);
    bytes.number(65_436);
    bytes.bytes(
      new Uint8Array(8_192).map((_, at) => (at * 8 + 8 <= 65_436 ? 255 : at * 8 < 65_436 ? 15 : 0)),
    );
    bytes.number(3);
    bytes.number(4_096);
    const listed = Array.from({ length: 4_096 }, (_, n) => n * 16);
    for (const low of listed) for (const byte of [low & 255, low >>> 8]) bytes.byte(byte);
    const seen: number[] = [];
    visitIds(bytes.toBytes(), (id) => seen.push(id));
    const ids = [
      ...Array.from({ length: 65_436 }, (_, n) => 65_536 + n),
      ...listed.map((low) => 3 * 65_536 + low),
    ];
    expect(seen).toEqual(ids);
    const set = new ViewerSet();
    set.addEncoded(bytes.toBytes());
    const own = new ViewerSet();
    for (const id of ids) own.add(id);
    expect(set.encode()).toEqual(own.encode());
    expect(set.encode().length).not.toBe(bytes.length);
  });
});

describe('bins', () => {
  it('come out of their bytes as they went in, and add up', () => {
    const random = new Random(2);
    const sums = noBins();
    const expected = noBins();
    for (let n = 0; n < 50; n += 1) {
      const counts = noBins().map((_, bin) =>
        bin < 60 && random.chance(0.7) ? random.int(0, 1_000_000) : 0,
      );
      addBins(sums, encodeBins(counts));
      counts.forEach((count, bin) => (expected[bin] = (expected[bin] ?? 0) + count));
    }
    expect(sums).toEqual(expected);
    expect(encodeBins(noBins())).toHaveLength(0);
    expect(encodeBins(noBins().map((_, bin) => (bin < 80 ? 1 : 0)))).toHaveLength(2);
  });

  it('are the bits of the two halves of a mask', () => {
    expect(binsOfHalves([1 + 2 ** 49, 1 + 2 ** 49])).toEqual([0, 49, 50, 99]);
    expect(binsOfHalves([0, 0])).toEqual([]);
  });
});

describe('a peak', () => {
  it('is the most intervals at one instant, and the first such instant; touching ends meet', () => {
    expect(peakOf([])).toEqual([0, 0]);
    expect(
      peakOf([
        [1, 5],
        [5, 9],
        [6, 7],
        [20, 30],
      ]),
    ).toEqual([2, 5]);
    expect(
      peakOf([
        [1, 4],
        [5, 9],
      ]),
    ).toEqual([1, 1]);
  });
});

describe('a viewer id', () => {
  const NOW = Date.parse('2026-11-21T10:00:00Z');
  const DAY = 86_400_000;
  const RANDOM = '9b2f6e0a-1c1d-4e5f-8a9b-0c1d2e3f4a5b';
  it('tells the day it was made on, and nothing else', () => {
    const made = toViewerUuid(RANDOM, NOW);
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7e5f-8a9b-0c1d2e3f4a5b$/);
    expect(viewerMadeAtMs(made)).toBe(Math.floor(NOW / DAY) * DAY);
    expect(toViewerUuid(RANDOM, NOW + 3_600_000)).toBe(made);
    expect(viewerMadeAtMs(RANDOM)).toBeNull();
  });

  it('is kept until it is old, unless it is not one of ours or from the future', () => {
    const made = toViewerUuid(RANDOM, NOW);
    const other = () => '00000000-0000-4000-8000-000000000000';
    expect(viewerFor(made, 30, NOW + 20 * DAY, other)).toBe(made);
    expect(viewerFor(made, 30, NOW + 31 * DAY, other)).not.toBe(made);
    expect(viewerFor(made, 0, NOW + 9_000 * DAY, other)).toBe(made);
    expect(viewerFor(made, 30, NOW - 2 * DAY, other)).not.toBe(made);
    expect(viewerFor(RANDOM, 0, NOW, other)).not.toBe(RANDOM);
  });
});

describe('the desk', () => {
  it('asks once while an answer is young, again when it is old, and keeps no failure', async () => {
    const clock = new FakeClock(1_000);
    const desk = new AudienceDesk(clock, 100);
    let asked = 0;
    const load = () => Promise.resolve((asked += 1));
    expect(await Promise.all([desk.ask('a', load), desk.ask('a', load)])).toEqual([
      { value: 1, asOfMs: 1_000 },
      { value: 1, asOfMs: 1_000 },
    ]);
    await clock.advance(99);
    expect((await desk.ask('a', load)).value).toBe(1);
    await clock.advance(1);
    expect(await desk.ask('a', load)).toEqual({ value: 2, asOfMs: 1_100 });
    await expect(desk.ask('b', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect((await desk.ask('b', load)).value).toBe(3);
  });

  it('keeps a bounded number of answers, and none at all when told so', async () => {
    const clock = new FakeClock(1_000);
    const desk = new AudienceDesk(clock, 1_000);
    for (let n = 0; n < 600; n += 1) await desk.ask(`q${n}`, () => Promise.resolve(n));
    expect(desk.size).toBe(500);
    const never = new AudienceDesk(clock, 0);
    let asked = 0;
    for (let n = 0; n < 3; n += 1) await never.ask('q', () => Promise.resolve((asked += 1)));
    expect([asked, never.size]).toEqual([3, 0]);
  });
});
