/** Bytes that grow, up to what one value of a database holds. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** A non-negative integer as LEB128: seven bits a byte, lowest first. */
  number(value: number): void {
    let rest = value;
    // Shifts know 32 bits.
    while (rest >= 0x8000_0000) {
      this.byte(128 + (rest % 128));
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.byte(128 | (rest & 127));
      rest >>>= 7;
    }
    this.byte(rest);
  }

  bytes(values: Uint8Array): void {
    if (this.#length + values.length > this.#bytes.length) this.#grow(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** The length of some bytes, and these. */
  sized(values: Uint8Array): void {
    this.number(values.length);
    this.bytes(values);
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(count: number): void {
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Reads numbers and stretches of bytes one after the other. */
export class ByteReader {
  #at = 0;
  #view: DataView | null = null;

  constructor(readonly source: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.source.length;
  }

  number(): number {
    // In variables: of a year of slices there are a quarter of a million numbers.
    const { source } = this;
    let at = this.#at;
    let byte = source[at] ?? 0;
    let value = byte & 127;
    // Shifts know 32 bits; only long times need more.
    for (let shift = 7; byte >= 128 && shift < 28; shift += 7) {
      at += 1;
      byte = source[at] ?? 0;
      value |= (byte & 127) << shift;
    }
    for (let factor = 2 ** 28; byte >= 128; factor *= 128) {
      at += 1;
      byte = source[at] ?? 0;
      value += (byte & 127) * factor;
    }
    this.#at = at + 1;
    return value;
  }

  /** Of all bytes, for who reads several at once. */
  get view(): DataView {
    return (this.#view ??= new DataView(this.source.buffer, this.source.byteOffset, this.source.byteLength));
  }

  byte(): number {
    const byte = this.source[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  get position(): number {
    return this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** The next bytes, not copied. */
  bytes(count: number): Uint8Array {
    const bytes = this.source.subarray(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }

  /** What `sized` wrote. */
  sized(): Uint8Array {
    return this.bytes(this.number());
  }
}
