/** @file A program: what is fed, what comes out, and which states get a new value. Compiled once, run many times. */
import {
  describe,
  sameShape,
  topologicalOrder,
  type AnyOp,
  type Init,
  type Shape,
  type Tensor,
  type TensorType,
} from "./graph.ts";
import { OnnxGraph, type Value } from "./onnx/graph-builder.ts";
import { chosenLowering, type LoweringChoice } from "./lowering.ts";
import type { OnnxInitializer, OnnxModel, OnnxValueInfo, Origin } from "./onnx/model.ts";
import { verifyOnnx, verifyTensors } from "./verify.ts";

export interface StateSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
}

export interface Program {
  /** Appears in errors and in the ONNX graph. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** State name -> its value after a run. A state that is read but not updated keeps its value. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** Every state that is read or updated. */
  readonly states: readonly StateSpec[];
  /** The same program for other sizes of its inputs, where it can be built again. Throws if they do not suit the network. */
  readonly withShapes?: (inputs: Readonly<Record<string, Shape>>) => Program;
}

export interface ProgramParts {
  name: string;
  /** Inputs beyond those that the outputs reach; reached ones are found. */
  inputs?: readonly Tensor[];
  outputs: Readonly<Record<string, Tensor>>;
  updates?: readonly { state: Tensor; value: Tensor }[];
}

/** Collects and verifies a program. Throws if a name is used twice or an update does not fit its state. */
export function defineProgram({ name, inputs = [], outputs, updates = [] }: ProgramParts): Program {
  const roots = [...Object.values(outputs), ...updates.flatMap(({ state, value }) => [state, value])];
  const order = topologicalOrder([...inputs, ...roots]);
  verifyTensors(order);

  const fed: Record<string, TensorType> = {};
  const states = new Map<string, StateSpec>();
  for (const { shape, dtype, node } of order) {
    if (node.leaf?.kind === "input") {
      if (node.leaf.name in fed) throw new Error(`${name}: two different inputs are called ${node.leaf.name}.`);
      fed[node.leaf.name] = { shape, dtype };
    } else if (node.leaf?.kind === "state") {
      if (states.has(node.leaf.name)) throw new Error(`${name}: two different states are called ${node.leaf.name}.`);
      states.set(node.leaf.name, { name: node.leaf.name, shape, init: node.leaf.init });
    }
  }
  for (const output of Object.keys(outputs)) {
    if (output in fed || states.has(output))
      throw new Error(`${name}: output ${output} has the name of an input or state.`);
  }
  const next = new Map<string, Tensor>();
  for (const { state, value } of updates) {
    const { leaf } = state.node;
    if (leaf?.kind !== "state") throw new Error(`${name}: only a state can be updated, got ${describe(state)}.`);
    if (next.has(leaf.name)) throw new Error(`${name}: state ${leaf.name} is updated twice.`);
    if (!sameShape(state.shape, value.shape) || value.dtype !== "float32") {
      throw new Error(`${name}: update of ${leaf.name} must be ${describe(state)}, got ${describe(value)}.`);
    }
    next.set(leaf.name, value);
  }
  return { name, inputs: fed, outputs, updates: next, states: [...states.values()] };
}

/** Name of the graph output that carries the next value of a state. */
export function nextName(state: string): string {
  return `next:${state}`;
}

export interface EmitOptions {
  /** Values to store inside the model instead of feeding states: for inference models. */
  parameters?: Readonly<Record<string, ArrayLike<number>>>;
  metadata?: Readonly<Record<string, string>>;
  /** Shapes to declare with symbols for open sizes, by name of input or output (open-shapes.ts). */
  declared?: Readonly<Record<string, OnnxValueInfo["shape"]>>;
  /** Where the graph will run; default "cpu". Any runtime runs any graph, but some lowerings are made for a device. */
  device?: string;
  /** Lowerings chosen by measurement, by `loweringKey`; what is not in it follows the op's own rule. */
  lowerings?: LoweringChoice;
}

/** Lowers a program to ONNX. */
export function emitProgram(program: Program, options: EmitOptions = {}): OnnxModel {
  const { parameters, metadata = {}, declared = {}, lowerings = {}, device } = options;
  const onnx = new OnnxGraph(device);
  const named = new Map<Tensor, Value>();
  const initializers: OnnxInitializer[] = [];
  const roots = [...Object.values(program.outputs), ...program.updates.values()];
  const originOf = originsIn(program);
  for (const tensor of topologicalOrder(roots)) {
    const { shape, dtype, node } = tensor;
    if (node.op) {
      const isHalf = [tensor, ...node.inputs].some((one) => one.dtype === "float16");
      onnx.enter(originOf(tensor), isHalf ? "float16" : "float32");
    }
    const name = node.op ? emitNode(onnx, tensor, node.op, named, lowerings) : leafName(onnx, tensor);
    named.set(tensor, { name, shape, dtype });
    if (node.leaf?.kind === "state" && parameters) {
      const values = parameters[node.leaf.name];
      if (!values) throw new Error(`${program.name}: no value for parameter ${node.leaf.name}.`);
      initializers.push({ name, shape, dtype, values });
    }
  }

  const outputs: OnnxValueInfo[] = [];
  const publish = (tensor: Tensor, name: string, shape: OnnxValueInfo["shape"]) => {
    onnx.enter(null);
    onnx.nodes.push({
      type: "Identity",
      domain: "",
      name: `output/${name}`,
      inputs: [named.get(tensor)!.name],
      outputs: [name],
      attributes: {},
    });
    outputs.push({ name, dtype: tensor.dtype, shape });
  };
  for (const [name, tensor] of Object.entries(program.outputs)) publish(tensor, name, declared[name] ?? tensor.shape);
  for (const [state, tensor] of program.updates) publish(tensor, nextName(state), tensor.shape);
  onnx.dropUnusedOutputs(new Set(outputs.map(({ name }) => name)));
  bypassIdentities(onnx);

  const inputs: OnnxValueInfo[] = Object.entries(program.inputs).map(([name, { shape, dtype }]) => ({
    name,
    dtype,
    shape: declared[name] ?? shape,
  }));
  if (!parameters) {
    for (const { name, shape } of program.states) inputs.push({ name, dtype: "float32", shape });
  }
  const model: OnnxModel = {
    name: program.name,
    nodes: onnx.nodes,
    initializers: [...initializers, ...onnx.initializers],
    inputs,
    outputs,
    metadata,
  };
  verifyOnnx(model);
  return model;
}

/** What only updates need, and no gradient rule made, is the optimizer's. Its moments are named after the parameter's layer. */
export function originsIn(program: Program): (tensor: Tensor) => Origin {
  const needed = new Set(topologicalOrder(Object.values(program.outputs)));
  const layers = new Set(program.states.map(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf(".")))));
  const layerOf = (path: string) => {
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
      if (layers.has(path.slice(dot + 1))) return path.slice(dot + 1);
    }
    return path;
  };
  return (tensor) => {
    const { path, op, pass } = tensor.node;
    const isUpdate = pass === "forward" && !needed.has(tensor);
    return { path: isUpdate ? layerOf(path) : path, pass: isUpdate ? "update" : pass, opName: op!.opName };
  };
}

function emitNode(
  onnx: OnnxGraph,
  tensor: Tensor,
  op: AnyOp,
  named: ReadonlyMap<Tensor, Value>,
  lowerings: LoweringChoice,
): string {
  const { inputs, attrs } = tensor.node;
  const values = inputs.map((input) => named.get(input)!) as unknown as [Value, Value, Value, Value];
  return chosenLowering(op, values, attrs, lowerings).emit(onnx, values, attrs);
}

function leafName(onnx: OnnxGraph, { shape, dtype, node }: Tensor): string {
  const leaf = node.leaf!;
  return leaf.kind === "constant" ? onnx.constant(leaf.values, shape, dtype) : leaf.name;
}

/** Lets the node that makes an output write it under its public name, instead of copying it through an Identity. */
function bypassIdentities(onnx: OnnxGraph): void {
  const maker = new Map(onnx.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const renamed = new Map<string, string>();
  const kept = onnx.nodes.filter((node) => {
    if (!node.name.startsWith("output/")) return true;
    const source = node.inputs[0]!;
    const from = maker.get(source);
    if (!from || renamed.has(source)) return true; // a leaf, or a value with two public names: copied
    renamed.set(source, node.outputs[0]!);
    return false;
  });
  const rename = (name: string) => renamed.get(name) ?? name;
  onnx.nodes.splice(
    0,
    onnx.nodes.length,
    ...kept.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
  );
}
