/**
 * @file Unsigned numbers of up to 32 bits as LEB128: seven bits a byte, the lowest first, a set high bit says that more follow. Always in
 * their shortest form, so that equal numbers are equal bytes. DWARF 5, section 7.6.
 */

/** 5 bytes hold 32 bits; longer ones are never written. */
const MAX_BYTES = 5;

export class NumberWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #size = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, MAX_BYTES));
  }

  put(value: number): void {
    if (this.#size + MAX_BYTES > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
  }

  /** What was written so far, as a fresh buffer. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#size);
  }
}

/** Reads bytes that may be hostile: what `corrupt` makes of a sentence is thrown. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  readonly #corrupt: (detail: string) => Error;
  #offset: number;

  constructor(bytes: Uint8Array, offset: number, corrupt: (detail: string) => Error) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#corrupt = corrupt;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next number; `what` names it in errors. */
  take(what: string): number {
    let value = 0;
    for (let count = 0; count < MAX_BYTES; count++) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw this.#corrupt(`ends within ${what} at byte ${this.#offset - 1}`);
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) {
        if (byte === 0 && count > 0) {
          throw this.#corrupt(`${what} at byte ${this.#offset - 1} is not written in its shortest form`);
        }
        return value;
      }
    }
    throw this.#corrupt(`${what} at byte ${this.#offset} is longer than ${MAX_BYTES} bytes`);
  }
}
