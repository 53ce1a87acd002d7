/** @file The part of the protobuf wire format that ONNX needs. https://protobuf.dev/programming-guides/encoding/ */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const utf8 = new TextEncoder();

/** Writes one message. Fields may come in any order; call `finish` once. */
export class MessageWriter {
  #parts: Uint8Array[] = [];
  #size = 0;

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value); // negative numbers take ten bytes, as the format wants
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 0x80 : low);
    } while (rest > 0n);
    this.#push(Uint8Array.from(bytes));
  }

  #key(field: number, wire: number): void {
    this.#varint(BigInt((field << 3) | wire));
  }

  int(field: number, value: number | bigint): this {
    this.#key(field, VARINT);
    this.#varint(BigInt(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, BYTES);
    this.#varint(BigInt(value.length));
    this.#push(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

export interface Field {
  readonly number: number;
  /** Varints and fixed-width fields: their unsigned value. */
  readonly value: bigint;
  /** Length-delimited fields: a view of their bytes. */
  readonly bytes: Uint8Array;
}

/** The fields of one message, in file order. Throws on truncated input, over-long varints and group fields. */
export function readMessage(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  visitFields(message, (number, value, bytes) => fields.push({ number, value, bytes }));
  return fields;
}

const EMPTY = new Uint8Array(0);

/** As `readMessage`, without keeping the fields: a hostile message may hold millions of tiny ones. */
export function visitFields(
  message: Uint8Array,
  visit: (number: number, value: bigint, bytes: Uint8Array, isBytes: boolean) => void,
): void {
  const reader = new ByteReader(message);
  while (!reader.atEnd) {
    const key = Number(reader.varint());
    const number = Math.floor(key / 8);
    switch (key & 7) {
      case VARINT:
        visit(number, reader.varint(), EMPTY, false);
        break;
      case FIXED64:
        visit(number, littleEndian(reader.take(8)), EMPTY, false);
        break;
      case FIXED32:
        visit(number, littleEndian(reader.take(4)), EMPTY, false);
        break;
      case BYTES:
        visit(number, 0n, reader.take(Number(reader.varint())), true);
        break;
      default:
        throw new Error(`protobuf: wire type ${key & 7} of field ${number} is not supported.`);
    }
  }
}

/** The varints of a packed field. */
export function readPackedVarints(bytes: Uint8Array): bigint[] {
  const reader = new ByteReader(bytes);
  const values: bigint[] = [];
  while (!reader.atEnd) values.push(reader.varint());
  return values;
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Unsigned, 64 bits. */
  varint(): bigint {
    let low = 0; // the first four bytes hold 28 bits: a number is enough for almost all
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#next();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error("protobuf: varint longer than ten bytes.");
  }

  /** A view of the next bytes; checked before anything is made of that length. */
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) {
      throw new Error(`protobuf: field of ${length} bytes at ${this.#at} passes the end at ${this.#bytes.length}.`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error("protobuf: truncated varint.");
    return byte;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
