import type { ByteReader, ByteWriter } from './varint.js';

/** Ids are kept by their upper bits, 65,536 of them together. */
export const CHUNK_SIZE = 65_536;
/** Words of a chunk's bitmap, 32 ids each. */
const CHUNK_WORDS = CHUNK_SIZE / 32;
const CHUNK_BYTES = CHUNK_SIZE / 8;
/**
 * Up to as many ids a chunk may be a list of two bytes each; with more a bitmap is smaller (as in Roaring bitmaps). The number of
 * ids before them says which it is.
 */
const MAX_LISTED = 4_096;
/** Up to as many it is written as one: a bitmap is a third longer then, and is united in a fifth of the time. */
const MAX_WRITTEN_AS_LIST = 3_072;
/**
 * Up to as many that are missing are listed in place of those that are there; the number before them is above the size of a
 * chunk. Ids are given in turn, so of those that came within a long period nearly each is in its set.
 */
const MAX_MISSING = 1_024;
const ALL_BITS = -1;
/** From so many ids on a view of their bytes costs less than it saves. */
const LONG_LIST = 16;

/** Bits of the ids of a chunk, 32 of them a word. */
export type ChunkWords = Int32Array;

export const noWords = (): ChunkWords => new Int32Array(CHUNK_WORDS);

/** Of the next bytes, which the number before them says the kind of: a list, a bitmap, or a list of those that are missing. */
export function addChunk(words: ChunkWords, reader: ByteReader, count: number): void {
  if (count > CHUNK_SIZE) addAllBut(words, reader, count - CHUNK_SIZE - 1);
  else if (count > MAX_LISTED) addBitmap(words, reader);
  else addListed(words, reader, count);
}

/** The number of ids and these, as `addChunk` reads them. */
export function writeChunk(bytes: ByteWriter, words: ChunkWords): void {
  const count = countOf(words);
  const missing = CHUNK_SIZE - count;
  if (missing <= MAX_MISSING) {
    bytes.number(CHUNK_SIZE + 1 + missing);
    pushList(bytes, words, ALL_BITS);
  } else if (count > MAX_WRITTEN_AS_LIST) {
    bytes.number(Math.max(count, MAX_LISTED + 1));
    bytes.bytes(bitmapOf(words));
  } else {
    bytes.number(count);
    pushList(bytes, words, 0);
  }
}

/** Each id of the next bytes, in order. */
export function visitChunk(reader: ByteReader, count: number, visit: (low: number) => void): void {
  if (count > CHUNK_SIZE) visitAllBut(reader, count - CHUNK_SIZE - 1, visit);
  else if (count > MAX_LISTED) visitBitmap(reader, visit);
  else for (let i = 0; i < count; i += 1) visit(lowOf(reader));
}

function visitAllBut(reader: ByteReader, missingCount: number, visit: (low: number) => void): void {
  let next = 0;
  for (let rest = missingCount; rest >= 0; rest -= 1) {
    const end = rest === 0 ? CHUNK_SIZE : lowOf(reader);
    for (; next < end; next += 1) visit(next);
    next = end + 1;
  }
}

function visitBitmap(reader: ByteReader, visit: (low: number) => void): void {
  for (let at = 0; at < CHUNK_BYTES; at += 1)
    for (let bits = reader.byte(); bits !== 0; bits &= bits - 1)
      visit(at * 8 + 31 - Math.clz32(bits & -bits));
}

/** The lower bits of the next id of a list. */
export const lowOf = (reader: ByteReader): number => reader.byte() | (reader.byte() << 8);

/** The id of these lower bits. */
export function addLow(words: ChunkWords, low: number): void {
  words[low >>> 5] = (words[low >>> 5] ?? 0) | (1 << (low & 31));
}

function addListed(words: ChunkWords, reader: ByteReader, count: number): void {
  const { source } = reader;
  let at = reader.position;
  reader.skip(2 * count);
  const endAt = at + 2 * count;
  if (count >= LONG_LIST) {
    const { view } = reader;
    // Two ids with one load, of both halves in turn: ids that come one after the other often have the same word, and the
    // second would wait for the first.
    const halfBytes = 4 * Math.floor(count / 4);
    for (const middle = at + halfBytes; at < middle; at += 4) {
      const pair = view.getUint32(at, true);
      const later = view.getUint32(at + halfBytes, true);
      addLow(words, pair & 0xffff);
      addLow(words, later & 0xffff);
      addLow(words, pair >>> 16);
      addLow(words, later >>> 16);
    }
    at += halfBytes;
  }
  for (; at < endAt; at += 2) addLow(words, (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8));
}

function addAllBut(words: ChunkWords, reader: ByteReader, missingCount: number): void {
  const absent: number[] = [];
  for (let i = 0; i < missingCount; i += 1) {
    const low = lowOf(reader);
    if (((words[low >>> 5] ?? 0) & (1 << (low & 31))) === 0) absent.push(low);
  }
  words.fill(ALL_BITS);
  for (const low of absent) words[low >>> 5] = (words[low >>> 5] ?? 0) & ~(1 << (low & 31));
}

function addBitmap(words: ChunkWords, reader: ByteReader): void {
  const { view, position } = reader;
  reader.skip(CHUNK_BYTES);
  for (let i = 0; i < CHUNK_WORDS; i += 1) words[i] = (words[i] ?? 0) | view.getInt32(position + 4 * i, true);
}

function bitmapOf(words: ChunkWords): Uint8Array {
  const bytes = new Uint8Array(CHUNK_BYTES);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word, true));
  return bytes;
}

/** The bits of the words where they differ from `base`: those that are set, or with all bits those that are not. */
function pushList(bytes: ByteWriter, words: ChunkWords, base: 0 | typeof ALL_BITS): void {
  words.forEach((word, index) => {
    // Its lowest bit, one after the other.
    for (let rest = word ^ base; rest !== 0; rest &= rest - 1) {
      const low = index * 32 + 31 - Math.clz32(rest & -rest);
      bytes.byte(low & 255);
      bytes.byte(low >>> 8);
    }
  });
}

/**
 * How many bits are set. Four words are added bit by bit, and only their carries are counted (Harley and Seal; Warren, Hacker's
 * Delight, 5-1): half of the time that it takes to count each word.
 */
export function countOf(words: ChunkWords): number {
  let ones = 0;
  let twos = 0;
  let fours = 0;
  for (let i = 0; i < words.length; i += 4) {
    const [a, b, c, d] = [words[i] ?? 0, words[i + 1] ?? 0, words[i + 2] ?? 0, words[i + 3] ?? 0];
    let half = ones ^ a;
    const twosOfFirst = (ones & a) | (half & b);
    ones = half ^ b;
    half = ones ^ c;
    const twosOfSecond = (ones & c) | (half & d);
    ones = half ^ d;
    half = twos ^ twosOfFirst;
    fours += bitsOf((twos & twosOfFirst) | (half & twosOfSecond));
    twos = half ^ twosOfSecond;
  }
  return 4 * fours + 2 * bitsOf(twos) + bitsOf(ones);
}

/** Counted in parallel. With `| 0` every step has 32 bits: a third of the time. */
function bitsOf(word: number): number {
  let v = (word - ((word >>> 1) & 0x55555555)) | 0;
  v = ((v & 0x33333333) + ((v >>> 2) & 0x33333333)) | 0;
  return Math.imul(((v + (v >>> 4)) | 0) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
