/** @file Small ONNX models of any opset for tests, written as bytes by hand: the compiler itself writes one opset only. */
import { MessageWriter } from "../../src-main/engine/onnx/protobuf.ts";

export type AttributeOf =
  number | string | readonly number[] | { float: number } | { floats: readonly number[] } | { tensor: TensorOf };

export interface TensorOf {
  name?: string;
  shape: readonly number[];
  /** Default float32. */
  dtype?: "float32" | "int64" | "bool" | "float16";
  values: readonly number[];
}

export interface NodeOf {
  type: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, AttributeOf>>;
  name?: string;
  domain?: string;
}

export interface ModelOf {
  opset: number;
  nodes: readonly NodeOf[];
  inputs: readonly { name: string; shape: readonly (number | string)[]; dtype?: "float32" | "int64" | "bool" }[];
  initializers?: readonly TensorOf[];
  outputs: readonly string[];
}

const ELEMENT_TYPE = { float32: 1, int64: 7, bool: 9, float16: 10 };

export function modelOf({ opset, nodes, inputs, initializers = [], outputs }: ModelOf): Uint8Array {
  const graph = new MessageWriter();
  for (const node of nodes) graph.message(1, nodeProto(node));
  graph.string(2, "test");
  for (const tensor of initializers) graph.message(5, tensorProto(tensor));
  for (const { name, shape, dtype = "float32" } of inputs) {
    const dims = new MessageWriter();
    for (const size of shape) {
      dims.message(
        1,
        typeof size === "number" ? new MessageWriter().int(1, size) : new MessageWriter().string(2, size),
      );
    }
    const type = new MessageWriter().message(1, new MessageWriter().int(1, ELEMENT_TYPE[dtype]).message(2, dims));
    graph.message(11, new MessageWriter().string(1, name).message(2, type));
  }
  for (const name of outputs) graph.message(12, new MessageWriter().string(1, name));
  const imported = new MessageWriter().string(1, "").int(2, opset);
  return new MessageWriter().int(1, 7).message(7, graph).message(8, imported).finish();
}

function nodeProto({ type, inputs, outputs, attributes = {}, name = "", domain = "" }: NodeOf): MessageWriter {
  const proto = new MessageWriter();
  for (const input of inputs) proto.string(1, input);
  for (const output of outputs) proto.string(2, output);
  proto.string(3, name).string(4, type).string(7, domain);
  for (const [key, value] of Object.entries(attributes)) proto.message(5, attributeProto(key, value));
  return proto;
}

function attributeProto(name: string, value: AttributeOf): MessageWriter {
  const proto = new MessageWriter().string(1, name);
  if (typeof value === "number") return proto.int(3, value).int(20, 2);
  if (typeof value === "string") return proto.string(4, value).int(20, 3);
  if ("float" in value) return proto.float(2, value.float).int(20, 1);
  if ("tensor" in value) return proto.message(5, tensorProto(value.tensor)).int(20, 4);
  if ("floats" in value) {
    for (const one of value.floats) proto.float(7, one);
    return proto.int(20, 6);
  }
  for (const one of value) proto.int(8, one);
  return proto.int(20, 7);
}

/** Numbers in the typed fields: what the compiler writes is raw. */
export function tensorProto({ name = "", shape, dtype = "float32", values }: TensorOf): MessageWriter {
  const proto = new MessageWriter();
  for (const size of shape) proto.int(1, size);
  proto.int(2, ELEMENT_TYPE[dtype]).string(8, name);
  if (dtype === "float32") return proto.bytes(4, new Uint8Array(Float32Array.from(values).buffer));
  const field = dtype === "int64" ? 7 : 5;
  for (const value of values) proto.int(field, value);
  return proto;
}
