import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/domain/playback/varint.js';
import { ViewerSet, visitIds } from '../../src/domain/playback/viewer-set.js';
import { countInWindow, ViewerWindows } from '../../src/domain/playback/viewer-windows.js';
import { Random } from '../fuzz/random.js';

const encode = (ids: Iterable<number>): Uint8Array => {
  const set = new ViewerSet();
  for (const id of ids) set.add(id);
  return set.encode();
};

const encodeDay = (day: ReadonlyMap<number, ReadonlySet<number>>): Uint8Array => {
  const bytes = new ByteWriter();
  for (const [slice, ids] of [...day].toSorted(([a], [b]) => a - b)) {
    bytes.number(slice);
    bytes.sized(encode(ids));
  }
  return bytes.toBytes();
};

const daysOf = (random: Random, viewers: number): Map<number, Set<number>>[] =>
  [0, 1].map(() => {
    const day = new Map<number, Set<number>>();
    for (let slice = 0; slice < 96; slice += 1) {
      if (random.chance(0.4)) continue;
      day.set(slice, new Set(Array.from({ length: random.int(1, 30) }, () => random.int(1, viewers))));
    }
    return day;
  });

describe('windows of 24 hours', () => {
  it.each([5, 60, 200_000])('count each viewer once, of %i viewers', (viewers) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const days = daysOf(new Random(seed), viewers);
      const windows = new ViewerWindows();
      days.forEach((day, offset) => windows.add(encodeDay(day), offset));
      const counts = windows.encode();
      for (let first = 0; first < 96; first += 1) {
        const naive = new Set<number>();
        for (let at = first; at < first + 96; at += 1)
          for (const id of days[Math.floor(at / 96)]?.get(at % 96) ?? []) naive.add(id);
        expect(countInWindow(counts, first), `seed ${seed}, slice ${first}`).toBe(naive.size);
      }
    }
  });

  it('are empty where nobody was', () => {
    expect(countInWindow(new ViewerWindows().encode(), 95)).toBe(0);
  });
});

describe('the ids of a set', () => {
  it('are visited in order, whether they are listed or bits', () => {
    const few = [1, 2, 65_535, 65_536, 4_000_000_000];
    const many = Array.from({ length: 9_000 }, (_, n) => 70_000 + n * 7);
    for (const ids of [[], few, many, [...few.slice(0, 3), ...many, 1_000_000]]) {
      const visited: number[] = [];
      visitIds(encode(ids), (id) => visited.push(id));
      expect(visited).toEqual(ids.toSorted((a, b) => a - b));
    }
  });
});
