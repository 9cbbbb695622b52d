import {
  addChunk,
  addLow,
  CHUNK_SIZE,
  countOf,
  lowOf,
  noWords,
  visitChunk,
  writeChunk,
  type ChunkWords,
} from './viewer-chunk.js';
import { ByteReader, ByteWriter } from './varint.js';

/** Up to as many ids a set needs no bitmaps: most slices of most videos have a handful of viewers. */
const MAX_FEW = 256;

const NOBODY = new Uint8Array();

/** An exact set of viewer ids that can be united with others: from these unique viewers of any period are counted. */
export class ViewerSet {
  #few: Set<number> | null = new Set();
  readonly #chunks = new Map<number, ChunkWords>();

  add(id: number): void {
    if (this.#few === null) {
      addLow(this.#wordsOf(Math.floor(id / CHUNK_SIZE)), id % CHUNK_SIZE);
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
        for (let i = 0; i < count; i += 1) this.#few.add(first + lowOf(reader));
        continue;
      }
      if (this.#few !== null) this.#spread(this.#few);
      addChunk(this.#wordsOf(chunk), reader, count);
    }
  }

  get count(): number {
    if (this.#few !== null) return this.#few.size;
    let count = 0;
    for (const words of this.#chunks.values()) count += countOf(words);
    return count;
  }

  /** Each chunk by its number. */
  encode(): Uint8Array {
    return this.#few === null ? this.#encodeChunks() : encodeFew(this.#few);
  }

  #encodeChunks(): Uint8Array {
    const bytes = new ByteWriter();
    for (const [chunk, words] of [...this.#chunks].toSorted(([a], [b]) => a - b)) {
      bytes.number(chunk);
      writeChunk(bytes, words);
    }
    return bytes.toBytes();
  }

  #spread(few: ReadonlySet<number>): void {
    this.#few = null;
    for (const id of few) this.add(id);
  }

  #wordsOf(chunk: number): ChunkWords {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) return known;
    const made = noWords();
    this.#chunks.set(chunk, made);
    return made;
  }
}

/** Each id of an encoded set, in order. */
export function visitIds(set: Uint8Array, visit: (id: number) => void): void {
  for (const reader = new ByteReader(set); !reader.isAtEnd;) {
    const first = reader.number() * CHUNK_SIZE;
    visitChunk(reader, reader.number(), (low) => visit(first + low));
  }
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
