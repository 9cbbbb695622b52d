import type { SliceSeries } from './slice-series.js';
import { SLICES_PER_DAY } from './periods.js';
import { ByteReader, ByteWriter } from './varint.js';

/** Reads one entry and answers its slice. */
type Skip = (reader: ByteReader) => number;

const skipFigures: Skip = (reader) => {
  const head = reader.number();
  for (let rest = (head & 1) === 1 ? 4 : 0; rest > 0; rest -= 1) reader.number();
  if (reader.number() > 0) reader.number();
  return head >>> 1;
};
const skipViewers: Skip = (reader) => {
  const slice = reader.number();
  reader.skip(reader.number());
  return slice;
};
const skipDetails: Skip = (reader) => {
  const slice = skipViewers(reader);
  for (let rest = 3 * reader.number(); rest > 0; rest -= 1) reader.number();
  return slice;
};

/**
 * A day with some of its slices in the place of those that were there, the others byte by byte as they were: most of what a
 * roll-up touches are a few slices of a long day.
 */
export const spliceSeries = (
  old: SliceSeries,
  fresh: SliceSeries,
  replaced: ReadonlySet<number>,
): SliceSeries => ({
  figures: splice(old.figures, fresh.figures, replaced, skipFigures),
  details: splice(old.details, fresh.details, replaced, skipDetails),
  viewers: splice(old.viewers, fresh.viewers, replaced, skipViewers),
});

function splice(old: Uint8Array, fresh: Uint8Array, replaced: ReadonlySet<number>, skip: Skip): Uint8Array {
  const writer = new ByteWriter();
  const before = new Entries(old, skip);
  const after = new Entries(fresh, skip);
  while (before.slice < SLICES_PER_DAY || after.slice < SLICES_PER_DAY) {
    if (before.slice < SLICES_PER_DAY && replaced.has(before.slice)) before.drop(writer);
    else if (before.slice < after.slice) before.next();
    else {
      before.copy(writer);
      after.next();
      after.copy(writer);
    }
  }
  before.copy(writer);
  return writer.toBytes();
}

/** Goes through entries; those that it has passed are copied together. */
class Entries {
  /** Of the entry it stands at; SLICES_PER_DAY at the end. */
  slice = SLICES_PER_DAY;
  readonly #reader: ByteReader;
  #passedFrom = 0;
  #at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly skip: Skip,
  ) {
    this.#reader = new ByteReader(bytes);
    this.next();
  }

  next(): void {
    this.#at = this.#reader.position;
    this.slice = this.#reader.isAtEnd ? SLICES_PER_DAY : this.skip(this.#reader);
  }

  copy(writer: ByteWriter): void {
    if (this.#at > this.#passedFrom) writer.bytes(this.bytes.subarray(this.#passedFrom, this.#at));
    this.#passedFrom = this.#at;
  }

  /** Passes the entry and leaves it out. */
  drop(writer: ByteWriter): void {
    this.copy(writer);
    this.next();
    this.#passedFrom = this.#at;
  }
}
