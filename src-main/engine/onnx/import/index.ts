/**
 * @file An ONNX model from elsewhere as a differentiable graph of our tensors: its float initializers become parameters, its
 * shape arithmetic is computed while importing, the rest becomes ops with gradients.
 */
import { describe, sizeOf, Tensor, type Shape } from "../../graph.ts";
import type { Scope } from "../../scope.ts";
import { readModel, type GraphProto, type ModelProto, type NodeProto, type ValueProto } from "../read-model.ts";
import { decodeTensor, dtypeOfElement, type TensorProto } from "../tensor-proto.ts";
import { OperatorCall, programDtype, Unsupported, type ImportContext } from "./call.ts";
import { folds } from "./fold.ts";
import { operators } from "./operators/index.ts";
import { asTensor, isPlain, Known, type Value } from "./values.ts";

export interface ImportOptions {
  /** Where the parameters are made, each named after its initializer. The same scope again gives the same parameters. */
  scope: Scope;
  /** One tensor for each input of the model. */
  inputs: Readonly<Record<string, Tensor>>;
  /** Take other sizes than the model declares. Safe where its sizes are symbolic; where an export has fixed them, it may mean something else. */
  resizable?: boolean;
  /**
   * "frozen": batch normalization uses the stored mean and variance, as at inference. "batch": in a training step those of each
   * batch, which also move the stored ones. Default: as the model says (frozen, unless exported in training mode).
   */
  batchNorm?: "frozen" | "batch";
  /** Which float initializers become parameters; default: those of at least one axis. The others are constants. */
  trainable?: (name: string, shape: Shape) => boolean;
}

export interface ImportedOnnx {
  /** By the names that the model gives them. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The parameters that the outputs depend on, in the order in which the model uses them. */
  readonly parameters: readonly Tensor[];
}

/** The exported opsets that are understood. */
export const IMPORTED_OPSETS = { first: 9, last: 21 } as const;

/** Numbers that folding may make: 16 million, far above what shapes and interpolation weights of real models take. */
const FOLDED_NUMBERS = 2 ** 24;
/** Elements of one tensor: above it sizes are wrong, or come from a hostile file. */
const LARGEST_TENSOR = 2 ** 31;

/** The model needs what this engine does not have. Names every operator and node, not the first alone. */
export class UnsupportedOnnxError extends Error {
  override readonly name = "UnsupportedOnnxError";
  readonly operators: readonly UnsupportedOperator[];

  constructor(unsupported: readonly UnsupportedOperator[]) {
    const lines = unsupported.map(({ operator, reason, nodes }) => {
      const shown = nodes.slice(0, 8).join(", ");
      return `  ${operator}${reason ? ` (${reason})` : ""}: ${shown}${nodes.length > 8 ? ` and ${nodes.length - 8} more` : ""}`;
    });
    const count = unsupported.length === 1 ? "1 operator is" : `${unsupported.length} operators are`;
    super(
      `onnx: this model cannot be trained here: ${count} not supported.\n${lines.join("\n")}\n` +
        "Replace these layers before exporting, or export with another opset (9 to 21); to predict without training, use loadOnnx.",
    );
    this.operators = unsupported;
  }
}

export interface UnsupportedOperator {
  /** With its domain, where that is not the standard's. */
  readonly operator: string;
  /** What of it is not supported; "" when all of it. */
  readonly reason: string;
  /** Nodes by name, or by output where they have none. */
  readonly nodes: readonly string[];
}

/**
 * Builds the model's graph over `inputs`. Sizes are static: import again, with the same scope, for another size. Everything
 * computes in float32. Throws `onnx: …` for damaged bytes, missing or unfitting inputs; `UnsupportedOnnxError` with all
 * that is not supported.
 */
export function importOnnx(model: Uint8Array | ModelProto, options: ImportOptions): ImportedOnnx {
  const { graph, opsets } = model instanceof Uint8Array ? readModel(model) : model;
  const opset = opsets.get("");
  if (opset === undefined || opset < IMPORTED_OPSETS.first || opset > IMPORTED_OPSETS.last) {
    const { first, last } = IMPORTED_OPSETS;
    throw new Error(
      `onnx: the model is of opset ${opset ?? "unknown"}; ${first} to ${last} are understood. Export it again with one of these.`,
    );
  }
  const { scope } = options;
  const context: ImportContext = {
    opset,
    scope,
    batchNorm: options.batchNorm ?? null,
    budget: { left: FOLDED_NUMBERS },
  };
  const values = new Map<string, Value>();
  const parameters = new Set<Tensor>();
  bindInputs(graph, options, values);
  for (const tensor of graph.initializers) bindInitializer(tensor, options, values, parameters);

  const order = nodesInOrder(graph, values);
  const failed = new Failures();
  for (const node of order) {
    if (node.domain !== "" || !(operators.has(node.type) || Object.hasOwn(folds, node.type))) {
      failed.add(node, "");
      continue;
    }
    if (node.inputs.some((name) => failed.outputs.has(name))) {
      for (const name of node.outputs) failed.outputs.add(name);
      continue;
    }
    try {
      const results = runNode(node, values, context);
      for (const [index, value] of results.entries()) {
        const name = node.outputs[index];
        if (name) values.set(name, value);
      }
    } catch (error) {
      if (error instanceof Unsupported) failed.add(node, error.message);
      else {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`onnx: ${node.type} ${nodeName(node)}: ${reason}`, { cause: error });
      }
    }
  }
  failed.throwIfAny();
  const outputs = graph.outputs.map(({ name }) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`onnx: output ${name} is not made by any node.`);
    return [name, asTensor(value)] as const;
  });
  return { outputs: Object.fromEntries(outputs), parameters: [...parameters] };
}

function bindInputs(graph: GraphProto, { inputs, resizable = false }: ImportOptions, values: Map<string, Value>): void {
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  const expected = graph.inputs.filter(({ name }) => !initialized.has(name));
  const names = expected.map(({ name }) => name).join(", ");
  for (const name of Object.keys(inputs)) {
    if (!expected.some((port) => port.name === name))
      throw new Error(`onnx: no input is called ${name}; inputs: ${names}.`);
  }
  for (const port of expected) {
    const tensor = Object.hasOwn(inputs, port.name) ? inputs[port.name] : undefined;
    if (tensor === undefined) throw new Error(`onnx: input ${port.name} is missing; inputs: ${names}.`);
    checkPort(port, tensor, resizable);
    values.set(port.name, tensor);
  }
}

function checkPort({ name, elementType, shape }: ValueProto, tensor: Tensor, resizable: boolean): void {
  const dtype = dtypeOfElement(elementType);
  if (dtype === null)
    throw new Error(`onnx: input ${name} has the element type ${elementType}, which is not supported.`);
  if (programDtype(dtype) !== tensor.dtype) {
    throw new Error(`onnx: input ${name}: expected ${programDtype(dtype)}, got ${describe(tensor)}.`);
  }
  if (shape === null) return;
  const fits =
    shape.length === tensor.shape.length &&
    (resizable || shape.every((size, axis) => typeof size === "string" || size === tensor.shape[axis]));
  if (!fits) {
    throw new Error(
      `onnx: input ${name}: the model takes [${shape.map((size) => size || "?").join(", ")}], got ${describe(tensor)}. Feed that size, export with dynamic axes, or pass resizable.`,
    );
  }
}

/** A float initializer becomes a parameter when a node first uses it as a tensor; one that is only read as numbers never does. */
function bindInitializer(
  proto: TensorProto,
  { scope, trainable = (_, shape) => shape.length > 0 }: ImportOptions,
  values: Map<string, Value>,
  parameters: Set<Tensor>,
): void {
  const { name } = proto;
  if (values.has(name)) throw new Error(`onnx: two inputs or initializers are called ${name}.`);
  let host;
  try {
    host = decodeTensor(proto);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`onnx: ${reason}`, { cause: error });
  }
  const isFloat = host.dtype === "float32" || host.dtype === "float64";
  const isTrained = isFloat && sizeOf(host.shape) > 0 && trainable(name, host.shape);
  const make = (): Tensor => {
    const made = scope.parameter(name, { shape: host.shape, init: () => Float32Array.from(host.values) });
    parameters.add(made);
    return made;
  };
  values.set(name, new Known(host, isTrained ? make : null));
}

/** The nodes that the outputs depend on, makers before users. Iterative: chains are as long as the file wants. */
function nodesInOrder(graph: GraphProto, bound: ReadonlyMap<string, Value>): NodeProto[] {
  const makers = new Map<string, NodeProto>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (makers.has(output) || bound.has(output))
        throw new Error(`onnx: ${nodeName(node)} makes ${output}, which is made already.`);
      makers.set(output, node);
    }
  }
  const order: NodeProto[] = [];
  const state = new Map<NodeProto, "open" | "done">();
  const pending: { node: NodeProto; isLast: boolean }[] = [];
  const want = (name: string, user: string) => {
    const maker = makers.get(name);
    if (maker === undefined) {
      if (name !== "" && !bound.has(name)) throw new Error(`onnx: ${user} reads ${name}, which nothing makes.`);
    } else if (state.get(maker) === "open") throw new Error(`onnx: the graph has a cycle through ${nodeName(maker)}.`);
    else if (!state.has(maker)) pending.push({ node: maker, isLast: false });
  };
  for (const { name } of graph.outputs) {
    want(name, "the graph's output");
    while (pending.length > 0) {
      const { node, isLast } = pending.pop()!;
      if (isLast) {
        state.set(node, "done");
        order.push(node);
      } else if (!state.has(node)) {
        state.set(node, "open");
        pending.push({ node, isLast: true });
        for (const input of node.inputs.toReversed()) want(input, nodeName(node));
      }
    }
  }
  return order;
}

function runNode(node: NodeProto, values: ReadonlyMap<string, Value>, context: ImportContext): readonly Value[] {
  const inputs = node.inputs.map((name) => {
    if (name === "") return null;
    const value = values.get(name);
    if (value === undefined) throw new Unsupported(`it reads ${name}, an output that is not supported`);
    return value;
  });
  while (inputs.at(-1) === null) inputs.pop();
  const call = new OperatorCall(node, inputs, context);
  const fold = Object.hasOwn(folds, node.type) ? folds[node.type]! : null;
  const operator = operators.get(node.type);
  const result = fold !== null && inputs.every(isPlain) ? fold(call) : operator?.(call);
  if (result === undefined) throw new Unsupported("its inputs are computed from the data; they must be constants");
  const results: readonly Value[] = result instanceof Known || result instanceof Tensor ? [result] : result;
  for (const { shape } of results) {
    if (sizeOf(shape) > LARGEST_TENSOR) throw new Error(`its result [${shape.join(", ")}] is too large.`);
  }
  return results;
}

function nodeName({ name, type, outputs }: NodeProto): string {
  return `"${name || outputs[0] || type}"`;
}

/** What could not be imported so far, and the values that are missing because of it. */
class Failures {
  readonly outputs = new Set<string>();
  readonly #found = new Map<string, { operator: string; reason: string; nodes: string[] }>();

  add(node: NodeProto, reason: string): void {
    const operator = node.domain === "" ? node.type : `${node.domain}.${node.type}`;
    const key = JSON.stringify([operator, reason]);
    const entry = this.#found.get(key) ?? { operator, reason, nodes: [] };
    entry.nodes.push(nodeName(node));
    this.#found.set(key, entry);
    for (const name of node.outputs) this.outputs.add(name);
  }

  throwIfAny(): void {
    if (this.#found.size > 0) throw new UnsupportedOnnxError([...this.#found.values()]);
  }
}
