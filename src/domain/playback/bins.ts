import { BIN_COUNT, HALF_BINS } from './rules.js';

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
 * How many saw each hundredth, as bytes: runs of equal counts, each its length and its count as LEB128 numbers. Counts
 * fall slowly along a video, so few views are a few bytes and many are a few hundred at most. Nothing seen is no byte.
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
  let at = 0;
  const next = (): number => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  for (let bin = 0; at < bytes.length;) {
    const length = next();
    const value = next();
    for (const end = bin + length; bin < end; bin += 1) sums[bin] = (sums[bin] ?? 0) + value;
  }
}

export const noBins = (): number[] => Array.from({ length: BIN_COUNT }, () => 0);

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push(128 + (rest % 128));
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
