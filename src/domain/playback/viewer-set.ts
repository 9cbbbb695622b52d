import { ByteReader, ByteWriter } from './varint.js';

/** Ids are kept by their upper bits, 65,536 of them together. */
const CHUNK_SIZE = 65_536;
/** Words of a chunk's bitmap, 32 ids each. */
const CHUNK_WORDS = CHUNK_SIZE / 32;
const CHUNK_BYTES = CHUNK_SIZE / 8;
/** Up to as many ids a chunk is a list of two bytes each; with more a bitmap is smaller (as in Roaring bitmaps). */
const MAX_LISTED = 4_096;
/** Up to as many ids a set needs no bitmaps: most slices of most videos have a handful of viewers. */
const MAX_FEW = 256;

const NOBODY = new Uint8Array();

/** An exact set of viewer ids that can be united with others: from these unique viewers of any period are counted. */
export class ViewerSet {
  #few: Set<number> | null = new Set();
  readonly #chunks = new Map<number, Uint32Array>();

  add(id: number): void {
    if (this.#few === null) {
      setBit(this.#wordsOf(Math.floor(id / CHUNK_SIZE)), id % CHUNK_SIZE);
      return;
    }
    this.#few.add(id);
    if (this.#few.size > MAX_FEW) this.#spread(this.#few);
  }

  /** Adds the ids of an encoded set. */
  addEncoded(bytes: Uint8Array): void {
    this.addFrom(new ByteReader(bytes), bytes.length);
  }

  /** The same of the next bytes of a reader. */
  addFrom(reader: ByteReader, byteCount: number): void {
    const endAt = reader.position + byteCount;
    while (reader.position < endAt) {
      const chunk = reader.number();
      const count = reader.number();
      if (this.#few !== null && this.#few.size + count <= MAX_FEW) {
        const first = chunk * CHUNK_SIZE;
        for (let i = 0; i < count; i += 1) this.#few.add(first + (reader.byte() | (reader.byte() << 8)));
        continue;
      }
      if (this.#few !== null) this.#spread(this.#few);
      const words = this.#wordsOf(chunk);
      if (count <= MAX_LISTED) addListed(words, reader.source, reader.position, count);
      else unite(words, reader.source, reader.position);
      reader.skip(count <= MAX_LISTED ? 2 * count : CHUNK_BYTES);
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
    return this.#few === null ? this.#encodeChunks() : encodeFew(this.#few);
  }

  #encodeChunks(): Uint8Array {
    const bytes = new ByteWriter();
    for (const [chunk, words] of [...this.#chunks].toSorted(([a], [b]) => a - b)) {
      const count = bitsOf(words);
      bytes.number(chunk);
      bytes.number(count);
      if (count > MAX_LISTED) bytes.bytes(bitmapOf(words));
      else pushList(bytes, words);
    }
    return bytes.toBytes();
  }

  #spread(few: ReadonlySet<number>): void {
    this.#few = null;
    for (const id of few) this.add(id);
  }

  #wordsOf(chunk: number): Uint32Array {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) return known;
    const made = new Uint32Array(CHUNK_WORDS);
    this.#chunks.set(chunk, made);
    return made;
  }
}

/** Each id of an encoded set, in order. */
export function visitIds(set: Uint8Array, visit: (id: number) => void): void {
  for (const reader = new ByteReader(set); !reader.isAtEnd;) {
    const first = reader.number() * CHUNK_SIZE;
    const count = reader.number();
    if (count <= MAX_LISTED) {
      for (let i = 0; i < count; i += 1) visit(first + (reader.byte() | (reader.byte() << 8)));
      continue;
    }
    for (let at = 0; at < CHUNK_BYTES; at += 1)
      for (let bits = reader.byte(); bits !== 0; bits &= bits - 1)
        visit(first + at * 8 + 31 - Math.clz32(bits & -bits));
  }
}

function setBit(words: Uint32Array, low: number): void {
  words[low >>> 5] = (words[low >>> 5] ?? 0) | (1 << (low & 31));
}

/** Where the bytes lie: a view of them would cost more than a short list. */
function addListed(words: Uint32Array, source: Uint8Array, position: number, count: number): void {
  const endAt = position + 2 * count;
  for (let at = position; at < endAt; at += 2)
    setBit(words, (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8));
}

function unite(words: Uint32Array, source: Uint8Array, position: number): void {
  const view = new DataView(source.buffer, source.byteOffset + position, CHUNK_BYTES);
  for (let i = 0; i < CHUNK_WORDS; i += 1) words[i] = (words[i] ?? 0) | view.getUint32(4 * i, true);
}

function bitmapOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(CHUNK_BYTES);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytes;
}

/** Without a bitmap: most sets are so small that one would be a thousand times their size. */
function encodeFew(few: ReadonlySet<number>): Uint8Array {
  if (few.size === 0) return NOBODY;
  const bytes = new ByteWriter();
  const ids = [...few].toSorted((a, b) => a - b);
  for (let at = 0; at < ids.length;) {
    const chunk = Math.floor((ids[at] ?? 0) / CHUNK_SIZE);
    let end = at + 1;
    while (end < ids.length && (ids[end] ?? 0) < (chunk + 1) * CHUNK_SIZE) end += 1;
    bytes.number(chunk);
    bytes.number(end - at);
    for (; at < end; at += 1) {
      const low = (ids[at] ?? 0) % CHUNK_SIZE;
      bytes.byte(low & 255);
      bytes.byte(low >>> 8);
    }
  }
  return bytes.toBytes();
}

function pushList(bytes: ByteWriter, words: Uint32Array): void {
  words.forEach((word, index) => {
    // Its lowest bit, one after the other.
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const low = index * 32 + 31 - Math.clz32(rest & -rest);
      bytes.byte(low & 255);
      bytes.byte(low >>> 8);
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
