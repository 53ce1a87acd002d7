/** @file An ONNX model as plain values, and its bytes. Field numbers after onnx/onnx.proto3 (IR version 8). */
import { sizeOf, type Dtype, type Shape } from "../graph.ts";
import { toFloat16 } from "./float16.ts";
import { MessageWriter, readMessage } from "./protobuf.ts";

/** Opset 18: ReduceMax and Pad take axes as inputs, ScatterElements adds. Every lowering is written for it. */
export const OPSET = 18;
const IR_VERSION = 8;

/** TensorProto.DataType */
export const ELEMENT_TYPE: Record<Dtype, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 };

export type AttributeValue =
  number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] };

/** What a node was emitted for. */
export interface Origin {
  /** Place in the network; "" outside of layers. */
  readonly path: string;
  /** "update": optimizer, averages, running statistics. */
  readonly pass: "forward" | "backward" | "update";
  readonly opName: string;
}

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  outputs: string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly origin?: Origin;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly values: ArrayLike<number>;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** A string is a symbolic size, e.g. "batch". */
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** ModelProto bytes. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = new MessageWriter();
  for (const node of model.nodes) graph.message(1, encodeNode(node));
  graph.string(2, model.name);
  for (const initializer of model.initializers) graph.message(5, encodeInitializer(initializer));
  for (const value of model.inputs) graph.message(11, encodeValueInfo(value));
  for (const value of model.outputs) graph.message(12, encodeValueInfo(value));

  const proto = new MessageWriter().int(1, IR_VERSION).string(2, "aliquot").message(7, graph);
  const domains = new Set(["", ...model.nodes.map((node) => node.domain)]);
  for (const domain of domains) {
    proto.message(8, new MessageWriter().string(1, domain).int(2, domain === "" ? OPSET : 1));
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    proto.message(14, new MessageWriter().string(1, key).string(2, value));
  }
  return proto.finish() as Uint8Array<ArrayBuffer>;
}

function encodeNode(node: OnnxNode): MessageWriter {
  const proto = new MessageWriter();
  for (const input of node.inputs) proto.string(1, input);
  for (const output of node.outputs) proto.string(2, output);
  proto.string(3, node.name).string(4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) proto.message(5, encodeAttribute(name, value));
  if (node.domain) proto.string(7, node.domain);
  return proto;
}

/** A plain number is an int attribute; floats are marked, because JavaScript cannot tell 1 from 1.0. */
function encodeAttribute(name: string, value: AttributeValue): MessageWriter {
  const proto = new MessageWriter().string(1, name);
  if (typeof value === "number") return proto.int(3, value).int(20, 2);
  if (typeof value === "string") return proto.string(4, value).int(20, 3);
  if ("float" in value) return proto.float(2, value.float).int(20, 1);
  if ("floats" in value) {
    for (const element of value.floats) proto.float(7, element);
    return proto.int(20, 6);
  }
  for (const element of value) proto.int(8, element);
  return proto.int(20, 7);
}

function encodeInitializer({ name, shape, dtype, values }: OnnxInitializer): MessageWriter {
  const proto = new MessageWriter();
  for (const dim of shape) proto.int(1, dim);
  return proto
    .int(2, ELEMENT_TYPE[dtype])
    .string(8, name)
    .bytes(9, rawBytes(dtype, values, sizeOf(shape)));
}

/** Little-endian, as TensorProto.raw_data asks; all platforms we run on are little-endian. */
function rawBytes(dtype: Dtype, values: ArrayLike<number>, size: number): Uint8Array {
  if (values.length !== size) throw new Error(`onnx: initializer of ${size} elements got ${values.length} values.`);
  switch (dtype) {
    case "float32": {
      const floats = values instanceof Float32Array ? values : Float32Array.from(values);
      return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    }
    case "float16":
      return new Uint8Array(toFloat16(values).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(values).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer);
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
  }
}

function encodeValueInfo({ name, dtype, shape }: OnnxValueInfo): MessageWriter {
  const dims = new MessageWriter();
  for (const dim of shape) {
    const proto = new MessageWriter();
    dims.message(1, typeof dim === "number" ? proto.int(1, dim) : proto.string(2, dim));
  }
  const tensorType = new MessageWriter().int(1, ELEMENT_TYPE[dtype]).message(2, dims);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensorType));
}

export interface ModelSummary {
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Operator types in graph order. */
  readonly nodeTypes: readonly string[];
}

/** Reads metadata, opset and node types of any ONNX model, without loading its weights. Throws on malformed bytes. */
export function readModelSummary(bytes: Uint8Array): ModelSummary {
  const text = new TextDecoder("utf-8", { fatal: true });
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  const nodeTypes: string[] = [];
  let opset = 0;
  for (const field of readMessage(bytes)) {
    if (field.number === 14) {
      const entry = readMessage(field.bytes);
      const part = (number: number) => text.decode(entry.find((f) => f.number === number)?.bytes);
      metadata[part(1)] = part(2);
    } else if (field.number === 8) {
      const entry = readMessage(field.bytes);
      const domain = text.decode(entry.find((f) => f.number === 1)?.bytes);
      if (domain === "") opset = Number(entry.find((f) => f.number === 2)?.value ?? 0n);
    } else if (field.number === 7) {
      for (const node of readMessage(field.bytes)) {
        if (node.number !== 1) continue;
        nodeTypes.push(text.decode(readMessage(node.bytes).find((f) => f.number === 4)?.bytes));
      }
    }
  }
  return { opset, metadata, nodeTypes };
}
