import { BIN_COUNT, HALF_BINS } from './rules.js';
import { ByteReader, ByteWriter } from './varint.js';

/** Bits that one integer operation takes. */
const PART_BITS = 25;

/** The hundredths whose bits are set in the two integers of a watched mask. */
export function binsOfHalves(halves: readonly [first: number, second: number]): number[] {
  const bins: number[] = [];
  halves.forEach((half, index) => {
    for (let first = 0; first < HALF_BINS; first += PART_BITS) {
      const part = Math.floor(half / 2 ** first) % 2 ** PART_BITS;
      for (let bit = 0; part >>> bit > 0; bit += 1) {
        if (((part >>> bit) & 1) === 1) bins.push(index * HALF_BINS + first + bit);
      }
    }
  });
  return bins;
}

/**
 * How many saw each hundredth, as bytes: runs of equal counts, each its length and its count. Counts change slowly along
 * a video, so few views are a few bytes and many are a few hundred at most. Nothing seen is no byte.
 */
export function encodeBins(counts: readonly number[]): Uint8Array {
  const bytes = new ByteWriter();
  let last = BIN_COUNT;
  while (last > 0 && (counts[last - 1] ?? 0) === 0) last -= 1;
  for (let bin = 0; bin < last;) {
    const value = counts[bin] ?? 0;
    let end = bin + 1;
    while (end < last && counts[end] === value) end += 1;
    bytes.number(end - bin);
    bytes.number(value);
    bin = end;
  }
  return bytes.toBytes();
}

/** Adds encoded counts to `sums`, which has BIN_COUNT numbers. */
export const addBins = (sums: number[], bytes: Uint8Array): void =>
  addBinsFrom(sums, new ByteReader(bytes), bytes.length);

/** The same of the next bytes of a reader. */
export function addBinsFrom(sums: number[], reader: ByteReader, byteCount: number): void {
  const endAt = reader.position + byteCount;
  for (let bin = 0; reader.position < endAt;) {
    const end = Math.min(BIN_COUNT, bin + reader.number());
    const value = reader.number();
    for (; bin < end; bin += 1) sums[bin] = (sums[bin] ?? 0) + value;
  }
}

export const noBins = (): number[] => new Array<number>(BIN_COUNT).fill(0);
