import { describe, expect, it } from 'vitest';
import { fnv1a, hash53 } from '../../src/domain/hash.js';

/** FNV-1a over bytes and the finalizer of MurmurHash3, written with big integers: another way to the same numbers. */
function reference(text: string, basis: bigint): number {
  const mask = 0xffff_ffffn;
  let hash = basis;
  for (const char of text) hash = ((hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x0100_0193n) & mask;
  hash ^= hash >> 16n;
  hash = (hash * 0x85eb_ca6bn) & mask;
  hash ^= hash >> 13n;
  hash = (hash * 0xc2b2_ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

describe('hashes', () => {
  it.each(['', 'a', 'foobar', 'sessions {"videoId":null}', '字幕'])(
    'of %j are FNV-1a with a finalizer',
    (text) => {
      expect(fnv1a(text)).toBe(reference(text, 0x811c_9dc5n));
      expect(fnv1a(text, 0x2f0b_4c47)).toBe(reference(text, 0x2f0b_4c47n));
    },
  );

  it('of 53 bits are made of two independent ones', () => {
    const high = BigInt(reference('foobar', 0x811c_9dc5n) & 0x1f_ffff);
    expect(hash53('foobar')).toBe(Number((high << 32n) | BigInt(reference('foobar', 0x2f0b_4c47n))));
  });

  it('are safe integers of at least 0, and differ for 100,000 numbered texts', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 100_000; i += 1) seen.add(hash53(`[{"type":1,"lineIndex":${i}}]`));
    expect(seen.size).toBe(100_000);
    expect([...seen].every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true);
  });
});
