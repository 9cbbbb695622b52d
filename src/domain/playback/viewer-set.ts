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

/** From so many ids on a view of their bytes costs less than it saves. */
const LONG_LIST = 64;

const NOBODY = new Uint8Array();

/** An exact set of viewer ids that can be united with others: from these unique viewers of any period are counted. */
export class ViewerSet {
  #few: Set<number> | null = new Set();
  readonly #chunks = new Map<number, Int32Array>();

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
      if (count <= MAX_LISTED) addListed(words, reader, count);
      else unite(words, reader);
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

  #wordsOf(chunk: number): Int32Array {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) return known;
    const made = new Int32Array(CHUNK_WORDS);
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

function setBit(words: Int32Array, low: number): void {
  words[low >>> 5] = (words[low >>> 5] ?? 0) | (1 << (low & 31));
}

/** Where the bytes lie. */
function addListed(words: Int32Array, reader: ByteReader, count: number): void {
  const { source } = reader;
  let at = reader.position;
  const endAt = at + 2 * count;
  if (count >= LONG_LIST) {
    // Two ids with one load.
    const { view } = reader;
    for (; at + 4 <= endAt; at += 4) {
      const pair = view.getUint32(at, true);
      setBit(words, pair & 0xffff);
      setBit(words, pair >>> 16);
    }
  }
  for (; at < endAt; at += 2) setBit(words, (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8));
}

function unite(words: Int32Array, { view, position }: ByteReader): void {
  for (let i = 0; i < CHUNK_WORDS; i += 1) words[i] = (words[i] ?? 0) | view.getInt32(position + 4 * i, true);
}

function bitmapOf(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(CHUNK_BYTES);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word, true));
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

function pushList(bytes: ByteWriter, words: Int32Array): void {
  words.forEach((word, index) => {
    // Its lowest bit, one after the other.
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const low = index * 32 + 31 - Math.clz32(rest & -rest);
      bytes.byte(low & 255);
      bytes.byte(low >>> 8);
    }
  });
}

/** Bits that are set, counted in parallel (Warren, Hacker's Delight, 5-1). With `| 0` every step has 32 bits: a third of the time. */
function bitsOf(words: Int32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? 0;
    let v = (word - ((word >>> 1) & 0x55555555)) | 0;
    v = ((v & 0x33333333) + ((v >>> 2) & 0x33333333)) | 0;
    count += Math.imul(((v + (v >>> 4)) | 0) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
