/** @file TensorProto: reads the numbers of an initializer or constant, from raw_data or the typed fields. onnx/onnx.proto3 */
import type { Dtype, Shape } from "../graph.ts";
import { readPackedVarints, visitFields } from "./protobuf.ts";

/** Half precision is read as float32; float64 exists only while numbers are known on the host: tensors of it compute in float32. */
export type HostDtype = Exclude<Dtype, "float16"> | "float64";
export type HostArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor as it stands in the file; its numbers are not read yet. */
export interface TensorProto {
  readonly name: string;
  readonly shape: Shape;
  /** TensorProto.DataType */
  readonly elementType: number;
  /** Where the numbers are, when they are not in this file. */
  readonly externalLocation: string | null;
  readonly raw: Uint8Array | null;
  readonly typed: TypedField | null;
}

/** One of float_data, int32_data, int64_data, double_data, uint64_data, string_data. */
interface TypedField {
  readonly number: number;
  readonly packed: readonly Uint8Array[];
  readonly single: readonly bigint[];
}

export interface HostTensor {
  readonly shape: Shape;
  readonly dtype: HostDtype;
  readonly values: HostArray;
}

const MAX_RANK = 16;
const MAX_DIM = 2 ** 31 - 1;
/** Numbers written one field each; packed ones, which every exporter writes, have no such limit. */
const MAX_SINGLE_VALUES = 1_000_000;

interface ElementType {
  readonly name: string;
  readonly dtype: HostDtype;
  readonly bytes: number;
  /** Field number of the typed data. */
  readonly field: number;
  /** From raw_data, little-endian, at a byte offset. */
  readonly read: (view: DataView, at: number) => number;
  /** From one number of the typed field (unsigned 64 bits, or the bits of a fixed-width field). */
  readonly fromBits: (bits: bigint) => number;
}

const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;

const signed = (bits: bigint): number => Number(BigInt.asIntN(64, bits));

/** TensorProto.DataType -> how to read it. Small integers widen to int32, unsigned large ones to int64. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: {
    name: "float",
    dtype: "float32",
    bytes: 4,
    field: FLOAT_DATA,
    read: (v, at) => v.getFloat32(at, true),
    fromBits: floatOfBits,
  },
  2: { name: "uint8", dtype: "uint8", bytes: 1, field: INT32_DATA, read: (v, at) => v.getUint8(at), fromBits: signed },
  3: { name: "int8", dtype: "int32", bytes: 1, field: INT32_DATA, read: (v, at) => v.getInt8(at), fromBits: signed },
  4: {
    name: "uint16",
    dtype: "int32",
    bytes: 2,
    field: INT32_DATA,
    read: (v, at) => v.getUint16(at, true),
    fromBits: signed,
  },
  5: {
    name: "int16",
    dtype: "int32",
    bytes: 2,
    field: INT32_DATA,
    read: (v, at) => v.getInt16(at, true),
    fromBits: signed,
  },
  6: {
    name: "int32",
    dtype: "int32",
    bytes: 4,
    field: INT32_DATA,
    read: (v, at) => v.getInt32(at, true),
    fromBits: signed,
  },
  7: {
    name: "int64",
    dtype: "int64",
    bytes: 8,
    field: INT64_DATA,
    read: (v, at) => Number(v.getBigInt64(at, true)),
    fromBits: signed,
  },
  9: {
    name: "bool",
    dtype: "bool",
    bytes: 1,
    field: INT32_DATA,
    read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1),
    fromBits: (bits) => (bits === 0n ? 0 : 1),
  },
  10: {
    name: "float16",
    dtype: "float32",
    bytes: 2,
    field: INT32_DATA,
    read: (v, at) => float16(v.getUint16(at, true)),
    fromBits: (bits) => float16(Number(bits & 0xffffn)),
  },
  11: {
    name: "double",
    dtype: "float64",
    bytes: 8,
    field: DOUBLE_DATA,
    read: (v, at) => v.getFloat64(at, true),
    fromBits: doubleOfBits,
  },
  12: {
    name: "uint32",
    dtype: "int64",
    bytes: 4,
    field: UINT64_DATA,
    read: (v, at) => v.getUint32(at, true),
    fromBits: Number,
  },
  13: {
    name: "uint64",
    dtype: "int64",
    bytes: 8,
    field: UINT64_DATA,
    read: (v, at) => Number(v.getBigUint64(at, true)),
    fromBits: Number,
  },
  16: {
    name: "bfloat16",
    dtype: "float32",
    bytes: 2,
    field: INT32_DATA,
    read: (v, at) => floatOfBits(BigInt(v.getUint16(at, true)) << 16n),
    fromBits: (bits) => floatOfBits((bits & 0xffffn) << 16n),
  },
};

/** What a value of this TensorProto.DataType is here; null for types that nothing here computes with (strings, complex, 8-bit floats). */
export function dtypeOfElement(elementType: number): HostDtype | null {
  return ELEMENT_TYPES[elementType]?.dtype ?? null;
}

const ARRAY_OF = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: Float64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** An array for host numbers; int64 as float64, exact up to 2⁵³. */
export function hostArray(dtype: HostDtype, length: number): HostArray {
  return new ARRAY_OF[dtype](length);
}

const text = new TextDecoder("utf-8", { fatal: true });

export function readTensorProto(bytes: Uint8Array): TensorProto {
  let name = "";
  let elementType = 0;
  const found: { raw: Uint8Array | null } = { raw: null };
  let isExternal = false;
  let location = "";
  let typedNumber = 0;
  const shape: number[] = [];
  const packed: Uint8Array[] = [];
  const single: bigint[] = [];
  const dim = (value: bigint) => {
    const size = signed(value);
    if (size < 0 || size > MAX_DIM)
      throw new Error(`tensor "${name}" has a size of ${size}; 0 to ${MAX_DIM} expected.`);
    if (shape.push(size) > MAX_RANK) throw new Error(`tensor "${name}" has more than ${MAX_RANK} axes.`);
  };
  visitFields(bytes, (number, value, part, isBytes) => {
    if (number === 1) for (const one of isBytes ? readPackedVarints(part) : [value]) dim(one);
    else if (number === 2) elementType = Number(value);
    else if ([FLOAT_DATA, INT32_DATA, INT64_DATA, DOUBLE_DATA, UINT64_DATA].includes(number)) {
      if (typedNumber !== 0 && typedNumber !== number) throw new Error(`tensor "${name}" has numbers of two types.`);
      typedNumber = number;
      if (isBytes) packed.push(part);
      else if (single.push(value) > MAX_SINGLE_VALUES) {
        throw new Error(`tensor "${name}" has more than ${MAX_SINGLE_VALUES} numbers that are not packed.`);
      }
    } else if (number === 8) name = text.decode(part);
    else if (number === 9) found.raw = part;
    else if (number === 13) {
      isExternal = true;
      const entry = { key: "", value: "" };
      visitFields(part, (field, _, bytesOfField) => {
        if (field === 1) entry.key = text.decode(bytesOfField);
        if (field === 2) entry.value = text.decode(bytesOfField);
      });
      if (entry.key === "location") location = entry.value;
    } else if (number === 14 && value === 1n) isExternal = true;
  });
  return {
    name,
    shape,
    elementType,
    externalLocation: isExternal ? location : null,
    raw: found.raw,
    typed: typedNumber === 0 ? null : { number: typedNumber, packed, single },
  };
}

/** The numbers. Throws when their count is not that of the shape, or their type is none that is computed with. */
export function decodeTensor(proto: TensorProto): HostTensor {
  const { name, shape, elementType, raw, typed, externalLocation } = proto;
  const where = `tensor "${name}"`;
  if (externalLocation !== null) throw new Error(`${where} keeps its numbers in another file.`);
  const type = ELEMENT_TYPES[elementType];
  if (type === undefined) throw new Error(`${where} has the element type ${elementType}, which is not supported.`);
  const count = shape.reduce((product, size) => product * size, 1);
  const described = `${where} of ${type.name} [${shape.join(", ")}]`;
  if (raw !== null) {
    if (raw.length !== count * type.bytes) {
      throw new Error(`${described} needs ${count * type.bytes} bytes, got ${raw.length}.`);
    }
    // The common case, in one copy; raw_data may start at any byte. Not by slice: that of a Node buffer copies nothing.
    if (elementType === 1) return { shape, dtype: "float32", values: new Float32Array(new Uint8Array(raw).buffer) };
    const values = hostArray(type.dtype, count);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let index = 0; index < count; index++) values[index] = type.read(view, index * type.bytes);
    return { shape, dtype: type.dtype, values };
  }
  const numbers = typed === null ? [] : typedNumbers(typed, type, described);
  if (numbers.length !== count) throw new Error(`${described} holds ${count} numbers, got ${numbers.length}.`);
  const values = hostArray(type.dtype, count);
  values.set(numbers);
  return { shape, dtype: type.dtype, values };
}

function typedNumbers({ number, packed, single }: TypedField, type: ElementType, described: string): number[] {
  if (number !== type.field)
    throw new Error(`${described} has its numbers in field ${number}, expected ${type.field}.`);
  const width = { [FLOAT_DATA]: 4, [DOUBLE_DATA]: 8 }[number];
  const numbers: number[] = single.map(type.fromBits);
  for (const part of packed) {
    if (width === undefined) {
      for (const bits of readPackedVarints(part)) numbers.push(type.fromBits(bits));
      continue;
    }
    if (part.length % width !== 0) throw new Error(`${described}: ${part.length} bytes are not whole numbers.`);
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < part.length; at += width) {
      numbers.push(width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
    }
  }
  return numbers;
}

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function floatOfBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(bits & 0xffffffffn));
  return view.getFloat32(0);
}

function doubleOfBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
