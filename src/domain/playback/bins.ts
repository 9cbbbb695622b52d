import { BIN_COUNT, HALF_BINS } from './rules.js';
import { ByteReader, pushNumber } from './varint.js';

/** The hundredths whose bits are set in the two integers of a watched mask. */
export function binsOfHalves(halves: readonly [first: number, second: number]): number[] {
  const bins: number[] = [];
  halves.forEach((half, index) => {
    let rest = half;
    for (let bit = 0; rest > 0 && bit < HALF_BINS; bit += 1) {
      if (rest % 2 === 1) bins.push(index * HALF_BINS + bit);
      rest = Math.floor(rest / 2);
    }
  });
  return bins;
}

/**
 * How many saw each hundredth, as bytes: runs of equal counts, each its length and its count. Counts change slowly along
 * a video, so few views are a few bytes and many are a few hundred at most. Nothing seen is no byte.
 */
export function encodeBins(counts: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let last = BIN_COUNT;
  while (last > 0 && (counts[last - 1] ?? 0) === 0) last -= 1;
  for (let bin = 0; bin < last;) {
    const value = counts[bin] ?? 0;
    let end = bin + 1;
    while (end < last && counts[end] === value) end += 1;
    pushNumber(bytes, end - bin);
    pushNumber(bytes, value);
    bin = end;
  }
  return Uint8Array.from(bytes);
}

/** Adds encoded counts to `sums`, which has BIN_COUNT numbers. */
export function addBins(sums: number[], bytes: Uint8Array): void {
  const reader = new ByteReader(bytes);
  for (let bin = 0; !reader.isAtEnd;) {
    const end = Math.min(BIN_COUNT, bin + reader.number());
    const value = reader.number();
    for (; bin < end; bin += 1) sums[bin] = (sums[bin] ?? 0) + value;
  }
}

export const noBins = (): number[] => Array.from({ length: BIN_COUNT }, () => 0);
