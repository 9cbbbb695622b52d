import { ByteReader, pushNumber } from './varint.js';

/** Ids are kept by their upper bits, 65,536 of them together. */
const CHUNK_SIZE = 65_536;
/** Words of a chunk's bitmap, 32 ids each. */
const CHUNK_WORDS = CHUNK_SIZE / 32;
/** Up to as many ids a chunk is a list of two bytes each; with more a bitmap is smaller (as in Roaring bitmaps). */
const MAX_LISTED = 4_096;
/** Up to as many ids a set needs no bitmaps: most slices of most videos have a handful of viewers. */
const MAX_FEW = 256;

/** An exact set of viewer ids that can be united with others: from these unique viewers of any period are counted. */
export class ViewerSet {
  #few: Set<number> | null = new Set();
  readonly #chunks = new Map<number, Uint32Array>();

  add(id: number): void {
    if (this.#few === null) return this.#set(id);
    this.#few.add(id);
    if (this.#few.size <= MAX_FEW) return;
    for (const few of this.#few) this.#set(few);
    this.#few = null;
  }

  /** Adds the ids of an encoded set. */
  addEncoded(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    while (!reader.isAtEnd) {
      const chunk = reader.number();
      const count = reader.number();
      if (count <= MAX_LISTED) {
        for (let i = 0; i < count; i += 1) this.add(chunk * CHUNK_SIZE + reader.byte() + reader.byte() * 256);
      } else this.#unite(chunk, reader);
    }
  }

  get count(): number {
    if (this.#few !== null) return this.#few.size;
    let count = 0;
    for (const words of this.#chunks.values()) count += bitsOf(words);
    return count;
  }

  /** Each chunk: its number, how many ids, and these as a list or, with many, as a bitmap. */
  encode(): Uint8Array {
    const bytes: number[] = [];
    if (this.#few !== null) for (const id of this.#few) this.#set(id);
    for (const [chunk, words] of [...this.#chunks].toSorted(([a], [b]) => a - b)) {
      const count = bitsOf(words);
      pushNumber(bytes, chunk);
      pushNumber(bytes, count);
      if (count > MAX_LISTED) {
        for (const word of words)
          bytes.push(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
      } else pushList(bytes, words);
    }
    if (this.#few !== null) this.#chunks.clear();
    return Uint8Array.from(bytes);
  }

  #set(id: number): void {
    const low = id % CHUNK_SIZE;
    const words = this.#wordsOf(Math.floor(id / CHUNK_SIZE));
    words[low >>> 5] = (words[low >>> 5] ?? 0) | (1 << (low & 31));
  }

  #unite(chunk: number, reader: ByteReader): void {
    if (this.#few !== null) {
      for (const few of this.#few) this.#set(few);
      this.#few = null;
    }
    const words = this.#wordsOf(chunk);
    for (let i = 0; i < CHUNK_WORDS; i += 1) {
      const word = reader.byte() | (reader.byte() << 8) | (reader.byte() << 16) | (reader.byte() << 24);
      words[i] = (words[i] ?? 0) | word;
    }
  }

  #wordsOf(chunk: number): Uint32Array {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) return known;
    const made = new Uint32Array(CHUNK_WORDS);
    this.#chunks.set(chunk, made);
    return made;
  }
}

function pushList(bytes: number[], words: Uint32Array): void {
  words.forEach((word, index) => {
    for (let bit = 0; word !== 0 && bit < 32; bit += 1) {
      if (((word >>> bit) & 1) === 0) continue;
      const low = index * 32 + bit;
      bytes.push(low & 255, low >>> 8);
    }
  });
}

/** Bits that are set, counted in parallel (Warren, Hacker's Delight, 5-1). */
function bitsOf(words: Uint32Array): number {
  let count = 0;
  for (const word of words) {
    let v = word - ((word >>> 1) & 0x55555555);
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    count += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
