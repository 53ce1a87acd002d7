/**
 * @file The safetensors format: named tensors in one file. https://github.com/huggingface/safetensors#format
 * Files come from other people: every offset is checked before it is used. A door of its own: no other engine part.
 */

export type SafetensorsArray =
  Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface SafetensorsEntry {
  readonly shape: readonly number[];
  readonly data: SafetensorsArray;
}

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  /** Free text by key; the format allows strings only. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation's limit; a header of half a million tensors fits. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = "__metadata__";
const ELEMENT_BYTES = { F32: 4, I64: 8, I32: 4, U8: 1 } as const;
type ElementType = keyof typeof ELEMENT_BYTES;

function elementTypeOf(data: SafetensorsArray): ElementType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof BigInt64Array) return "I64";
  return data instanceof Int32Array ? "I32" : "U8";
}

/** File bytes; tensors in the order given, the header padded to 8 bytes as the format recommends. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[METADATA_KEY] = metadata;
  let size = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const elements = shape.reduce((product, dim) => product * dim, 1);
    if (name === METADATA_KEY) throw new Error(`safetensors: ${METADATA_KEY} cannot be a tensor's name.`);
    if (elements !== data.length) {
      throw new Error(
        `safetensors: ${name}: shape [${shape.join(", ")}] holds ${elements} elements, got ${data.length}.`,
      );
    }
    header[name] = { dtype: elementTypeOf(data), shape, data_offsets: [size, size + data.byteLength] };
    size += data.byteLength;
  }
  const json = JSON.stringify(header);
  const head = new TextEncoder().encode(json);
  const headBytes = Math.ceil(head.length / 8) * 8;
  const file = new Uint8Array(8 + headBytes + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(headBytes), true);
  file.fill(0x20, 8, 8 + headBytes);
  file.set(head, 8);
  let at = 8 + headBytes;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Reads a file; the arrays are copies. Throws on anything the format forbids: a header past the end, wrong types, offsets
 * that overlap, leave holes or pass the end, a size that does not match shape and dtype, a dtype we do not read.
 */
export function decodeSafetensors(file: Uint8Array): SafetensorsFile {
  if (file.length < 8) throw new Error(`safetensors: a file has at least 8 bytes, got ${file.length}.`);
  const headBytes = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (headBytes > BigInt(MAX_HEADER_BYTES) || headBytes > BigInt(file.length - 8)) {
    throw new Error(`safetensors: header of ${headBytes} bytes does not fit in a file of ${file.length}.`);
  }
  const dataStart = 8 + Number(headBytes);
  const header = parseHeader(file.subarray(8, dataStart));
  const dataSize = file.length - dataStart;

  const tensors: Record<string, SafetensorsEntry> = Object.create(null) as Record<string, SafetensorsEntry>;
  let metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  const spans: { name: string; start: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA_KEY) {
      metadata = readMetadata(entry);
      continue;
    }
    const { elementType, shape, start, end } = readEntry(name, entry, dataSize);
    spans.push({ name, start, end });
    // Not file.slice: a Node Buffer's slice is a view, and its buffer the whole pool.
    const bytes = new Uint8Array(file.subarray(dataStart + start, dataStart + end)).buffer;
    tensors[name] = { shape, data: typedArray(elementType, bytes) };
  }

  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const { name, start, end } of spans) {
    if (start !== covered)
      throw new Error(
        `safetensors: ${name}: starts at ${start}, expected ${covered}: tensors overlap or leave a hole.`,
      );
    covered = end;
  }
  if (covered !== dataSize) throw new Error(`safetensors: tensors cover ${covered} bytes of ${dataSize}.`);
  return { tensors, metadata };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error("safetensors: the header is not JSON.", { cause: error });
  }
  if (!isRecord(header)) throw new Error("safetensors: the header must be a JSON object.");
  return header;
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === "string")) {
    throw new Error("safetensors: metadata must map strings to strings.");
  }
  return entry as Record<string, string>;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(name: string, entry: unknown, dataSize: number) {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw new Error(`safetensors: ${name}: dtype ${String(dtype)} is not supported; supported: F32, I64, I32, U8.`);
  }
  const elementType = dtype as ElementType;
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw new Error(`safetensors: ${name}: shape must be a list of sizes.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw new Error(`safetensors: ${name}: data_offsets must be two positions.`);
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > dataSize) {
    throw new Error(`safetensors: ${name}: bytes ${start} to ${end} are outside the ${dataSize} bytes of the file.`);
  }
  const expected = shape.reduce((bytes: number, dim) => bytes * dim, ELEMENT_BYTES[elementType]);
  if (end - start !== expected) {
    throw new Error(
      `safetensors: ${name}: ${dtype} [${shape.join(", ")}] takes ${expected} bytes, got ${end - start}.`,
    );
  }
  return { elementType, shape, start, end };
}

function typedArray(elementType: ElementType, bytes: ArrayBuffer): SafetensorsArray {
  switch (elementType) {
    case "F32":
      return new Float32Array(bytes);
    case "I64":
      return new BigInt64Array(bytes);
    case "I32":
      return new Int32Array(bytes);
    case "U8":
      return new Uint8Array(bytes);
  }
}
