/**
 * @file ModelProto bytes -> plain values: graph, attributes, initializers, value infos, opsets, metadata. Field numbers after
 * onnx/onnx.proto3. Files are untrusted: lengths are checked before anything is made of that size, and numbers of tensors
 * stay views of the bytes until someone asks for them.
 */
import { readPackedVarints, visitFields } from "./protobuf.ts";
import { floatOfBits, readTensorProto, type TensorProto } from "./tensor-proto.ts";

export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: TensorProto }
  | { readonly kind: "graph"; readonly value: GraphProto }
  /** Sparse tensors, type attributes, lists of tensors and graphs: nothing here computes with them. */
  | { readonly kind: "other" };

export interface NodeProto {
  readonly name: string;
  readonly type: string;
  readonly domain: string;
  /** "" is an input that was left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface ValueProto {
  readonly name: string;
  /** TensorProto.DataType; 0 where the value is no tensor or its type is not told. */
  readonly elementType: number;
  /** A string is a symbolic size ("" when it has no name); null where no shape is told. */
  readonly shape: readonly (number | string)[] | null;
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly hasSparseInitializers: boolean;
  readonly inputs: readonly ValueProto[];
  readonly outputs: readonly ValueProto[];
  readonly valueInfos: readonly ValueProto[];
}

export interface ModelProto {
  readonly irVersion: number;
  readonly producer: string;
  /** Domain -> version; "" is the ONNX standard. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: GraphProto;
}

const MAX_NODES = 100_000;
/** Subgraphs of subgraphs: of If and Loop, seldom more than two deep. */
const MAX_DEPTH = 8;

const text = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a model. Throws `onnx: …` when the bytes are not a model or damaged, and when a tensor keeps its numbers in another
 * file: such a file names paths of this machine that should be read.
 */
export function readModel(bytes: Uint8Array): ModelProto {
  try {
    return modelOf(bytes);
  } catch (error) {
    if (error instanceof ExternalDataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`onnx: the bytes are not an ONNX model, or are damaged: ${reason}`, { cause: error });
  }
}

export class ExternalDataError extends Error {
  constructor({ name, externalLocation }: TensorProto) {
    super(
      `onnx: tensor "${name}" keeps its numbers in another file ("${externalLocation}"). Only models in one file are read: save it with all tensors inside (onnx.save(model, path), without save_as_external_data).`,
    );
  }
}

function modelOf(bytes: Uint8Array): ModelProto {
  let irVersion = 0;
  let producer = "";
  const found: { graph: GraphProto | null } = { graph: null };
  const opsets = new Map<string, number>();
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  visitFields(bytes, (number, value, part) => {
    if (number === 1) irVersion = Number(value);
    else if (number === 2) producer = text.decode(part);
    else if (number === 7) {
      if (found.graph !== null) throw new Error("it holds two graphs.");
      found.graph = graphOf(part, 0);
    } else if (number === 8) {
      const { key, version } = pairOf(part);
      opsets.set(key === "ai.onnx" ? "" : key, version);
    } else if (number === 14) {
      const { key, value: entry } = pairOf(part);
      metadata[key] = entry;
    } else if (number === 20)
      visitFields(part, (field, _, inner) => void ((field === 1 || field === 2) && graphOf(inner, 1)));
    else if (number === 25) visitFields(part, (field, _, inner) => void (field === 7 && nodeOf(inner, 1)));
  });
  if (found.graph === null) throw new Error("it holds no graph.");
  if (irVersion < 3 || irVersion > 99) throw new Error(`its IR version is ${irVersion}; 3 or later expected.`);
  return { irVersion, producer, opsets, metadata, graph: found.graph };
}

/** OperatorSetIdProto (domain, version) and StringStringEntryProto (key, value) alike. */
function pairOf(bytes: Uint8Array): { key: string; value: string; version: number } {
  const pair = { key: "", value: "", version: 0 };
  visitFields(bytes, (number, value, part, isBytes) => {
    if (number === 1) pair.key = text.decode(part);
    else if (number === 2 && isBytes) pair.value = text.decode(part);
    else if (number === 2) pair.version = Number(value);
  });
  return pair;
}

function graphOf(bytes: Uint8Array, depth: number): GraphProto {
  if (depth > MAX_DEPTH) throw new Error(`graphs inside graphs are nested more than ${MAX_DEPTH} deep.`);
  let name = "";
  let hasSparseInitializers = false;
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const inputs: ValueProto[] = [];
  const outputs: ValueProto[] = [];
  const valueInfos: ValueProto[] = [];
  visitFields(bytes, (number, _, part) => {
    if (number === 1) {
      if (nodes.push(nodeOf(part, depth)) > MAX_NODES) throw new Error(`it has more than ${MAX_NODES} nodes.`);
    } else if (number === 2) name = text.decode(part);
    else if (number === 5) initializers.push(tensorOf(part));
    else if (number === 11) inputs.push(valueOf(part));
    else if (number === 12) outputs.push(valueOf(part));
    else if (number === 13) valueInfos.push(valueOf(part));
    else if (number === 15) {
      hasSparseInitializers = true;
      checkSparse(part);
    }
  });
  return { name, nodes, initializers, hasSparseInitializers, inputs, outputs, valueInfos };
}

function tensorOf(bytes: Uint8Array): TensorProto {
  const tensor = readTensorProto(bytes);
  if (tensor.externalLocation !== null) throw new ExternalDataError(tensor);
  return tensor;
}

/** SparseTensorProto: its two tensors may not be in other files either. */
function checkSparse(bytes: Uint8Array): void {
  visitFields(bytes, (number, _, part) => void ((number === 1 || number === 2) && tensorOf(part)));
}

function nodeOf(bytes: Uint8Array, depth: number): NodeProto {
  const node = { name: "", type: "", domain: "", inputs: [] as string[], outputs: [] as string[] };
  const attributes = new Map<string, Attribute>();
  visitFields(bytes, (number, _, part) => {
    if (number === 1) node.inputs.push(text.decode(part));
    else if (number === 2) node.outputs.push(text.decode(part));
    else if (number === 3) node.name = text.decode(part);
    else if (number === 4) node.type = text.decode(part);
    else if (number === 5) {
      const [name, attribute] = attributeOf(part, depth);
      attributes.set(name, attribute);
    } else if (number === 7) node.domain = text.decode(part);
  });
  if (node.domain === "ai.onnx") node.domain = "";
  return { ...node, attributes };
}

/** AttributeProto.AttributeType */
const KIND: Readonly<Record<number, Attribute["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  5: "graph",
  6: "floats",
  7: "ints",
  8: "strings",
};

function attributeOf(bytes: Uint8Array, depth: number): [string, Attribute] {
  let name = "";
  let type = 0;
  let int = 0;
  let float = 0;
  let string = "";
  const found: { tensor: TensorProto | null; graph: GraphProto | null } = { tensor: null, graph: null };
  let isOther = false;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  const integer = (bits: bigint) => Number(BigInt.asIntN(64, bits));
  visitFields(bytes, (number, value, part, isBytes) => {
    if (number === 1) name = text.decode(part);
    else if (number === 2) float = floatOfBits(value);
    else if (number === 3) int = integer(value);
    else if (number === 4) string = text.decode(part);
    else if (number === 5) found.tensor = tensorOf(part);
    else if (number === 6) found.graph = graphOf(part, depth + 1);
    else if (number === 7 && !isBytes) floats.push(floatOfBits(value));
    else if (number === 7) {
      const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
      if (part.length % 4 !== 0) throw new Error(`attribute ${name}: ${part.length} bytes are not whole floats.`);
      for (let at = 0; at < part.length; at += 4) floats.push(view.getFloat32(at, true));
    } else if (number === 8) for (const one of isBytes ? readPackedVarints(part) : [value]) ints.push(integer(one));
    else if (number === 9) strings.push(text.decode(part));
    else if (number === 10) tensorOf(part);
    else if (number === 11) graphOf(part, depth + 1);
    else if (number === 20) type = Number(value);
    else if (number === 21)
      isOther = true; // the value of a function's parameter
    else if (number === 22 || number === 23) checkSparse(part);
  });
  const kind = isOther ? "other" : (KIND[type] ?? "other");
  switch (kind) {
    case "int":
      return [name, { kind, value: int }];
    case "float":
      return [name, { kind, value: float }];
    case "string":
      return [name, { kind, value: string }];
    case "ints":
      return [name, { kind, value: ints }];
    case "floats":
      return [name, { kind, value: floats }];
    case "strings":
      return [name, { kind, value: strings }];
    case "tensor":
      if (found.tensor === null) throw new Error(`attribute ${name} has no tensor.`);
      return [name, { kind, value: found.tensor }];
    case "graph":
      if (found.graph === null) throw new Error(`attribute ${name} has no graph.`);
      return [name, { kind, value: found.graph }];
    case "other":
      return [name, { kind }];
  }
}

function valueOf(bytes: Uint8Array): ValueProto {
  let name = "";
  let elementType = 0;
  const found: { shape: (number | string)[] | null } = { shape: null };
  visitFields(bytes, (number, _, part) => {
    if (number === 1) name = text.decode(part);
    if (number !== 2) return;
    visitFields(part, (kind, _value, tensorType) => {
      if (kind !== 1) return; // sequences, maps, optionals
      visitFields(tensorType, (field, value, dims) => {
        if (field === 1) elementType = Number(value);
        else if (field === 2) found.shape = dimsOf(dims);
      });
    });
  });
  return { name, elementType, shape: found.shape };
}

function dimsOf(bytes: Uint8Array): (number | string)[] {
  const dims: (number | string)[] = [];
  visitFields(bytes, (number, _, part) => {
    if (number !== 1) return;
    let dim: number | string = "";
    visitFields(part, (field, value, name) => {
      if (field === 1) dim = Number(BigInt.asIntN(64, value));
      else if (field === 2) dim = text.decode(name);
    });
    // PyTorch and others write 0 or -1 for sizes that are not known.
    dims.push(typeof dim === "number" && dim < 1 ? "" : dim);
  });
  return dims;
}
