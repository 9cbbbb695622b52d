/** FNV-1a, 32 bits (Fowler, Noll, Vo). `basis` makes independent hashes of one text. */
export function fnv1a(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // FNV mixes its high bits poorly; this is the finalizer of MurmurHash3 (Appleby).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 53 bits from two independent hashes: a safe integer. */
export const hash53 = (text: string): number =>
  (fnv1a(text) & 0x1f_ffff) * 2 ** 32 + fnv1a(text, 0x2f0b_4c47);
