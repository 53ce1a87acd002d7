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
  const empty = new Uint8Array(0);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("protobuf: truncated varint.");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error("protobuf: varint longer than ten bytes.");
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) {
      throw new Error(`protobuf: field of ${length} bytes at ${at} passes the end at ${message.length}.`);
    }
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    switch (key & 7) {
      case VARINT:
        fields.push({ number, value: varint(), bytes: empty });
        break;
      case FIXED64:
        fields.push({ number, value: littleEndian(take(8)), bytes: empty });
        break;
      case FIXED32:
        fields.push({ number, value: littleEndian(take(4)), bytes: empty });
        break;
      case BYTES:
        fields.push({ number, value: 0n, bytes: take(Number(varint())) });
        break;
      default:
        throw new Error(`protobuf: wire type ${key & 7} of field ${number} is not supported.`);
    }
  }
  return fields;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
