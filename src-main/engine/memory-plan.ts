/**
 * @file How much memory a run of a program takes, worked out from the emitted graph before anything is allocated. Pure.
 * Values are followed through the order in which ONNX Runtime's sequential executor takes the nodes: one is made when its node
 * runs, and freed after the last node that reads it.
 */
import { sizeOf } from "./graph.ts";
import type { OnnxModel, OnnxNode } from "./onnx/model.ts";
import { valueTypes, type ValueType } from "./onnx/value-types.ts";

/** Bytes. */
export interface MemoryPlan {
  /** Parameters, moments, averages and counters. */
  states: number;
  /** The second buffer of each updated state. */
  doubleBuffers: number;
  feeds: number;
  outputs: number;
  /** Numbers fixed in the graph. */
  constants: number;
  /** Largest sum of intermediate values alive at once. */
  intermediates: number;
  /** Initial values on their way into the store; collected as garbage later. */
  initialization: number;
  /** Allowance for what the allocator, kernels and the session take beside them: see ALLOCATOR_SHARE. */
  workspace: number;
  /** Sum of the above. */
  total: number;
  /** Who holds the most while intermediates peak: layers (or states, by network), largest first. */
  contributors: readonly { name: string; bytes: number }[];
  /** Operators whose memory could only be guessed. */
  unknown: readonly string[];
}

/**
 * Gaps between the blocks of ONNX Runtime's arena, unrolled windows of convolutions and repacked operands, as a share of the
 * intermediate values. Fitted, like SESSION_BYTES, to what processes took: see engine/README.md.
 */
const ALLOCATOR_SHARE = 0.35;
/** The session itself: graph, kernels, threads' stacks. */
const SESSION_BYTES = 45 * 2 ** 20;

/** The plan of one run of an emitted program, state buffers included. Symbolic sizes are not possible. */
export function planMemory(model: OnnxModel): MemoryPlan {
  const { types, unknown } = valueTypes(model);
  const bytesOf = (name: string) => sizeInBytes(types.get(name)!);
  const isNextState = (name: string) => name.startsWith("next:");
  const updated = model.outputs.filter(({ name }) => isNextState(name));
  const stateNames = new Set(updated.map(({ name }) => name.slice("next:".length)));
  const total = (names: readonly string[]) => names.reduce((sum, name) => sum + bytesOf(name), 0);
  const names = model.inputs.map(({ name }) => name);
  // What is updated is a state; one that is only read has the dots of a path in its name.
  const states = names.filter((name) => stateNames.has(name) || name.includes("."));
  const feeds = names.filter((name) => !states.includes(name));

  const peak = followValues(model, types);
  const plan = {
    states: total(states),
    doubleBuffers: total(updated.map(({ name }) => name)),
    feeds: total(feeds),
    outputs: total(model.outputs.filter(({ name }) => !isNextState(name)).map(({ name }) => name)),
    constants: total(model.initializers.map(({ name }) => name)),
    intermediates: peak.bytes,
    initialization: 2 * total(states),
    workspace: Math.round(peak.bytes * ALLOCATOR_SHARE) + SESSION_BYTES,
  };
  const byNetwork = new Map<string, number>();
  for (const name of [...states, ...updated.map(({ name }) => name)]) {
    const network = `states of ${name.replace(/^next:/, "").split(".")[0]!}`;
    byNetwork.set(network, (byNetwork.get(network) ?? 0) + bytesOf(name));
  }
  return {
    ...plan,
    total: Object.values(plan).reduce((sum, bytes) => sum + bytes, 0),
    contributors: [...peak.byLayer, ...byNetwork]
      .map(([name, bytes]) => ({ name, bytes }))
      .sort((a, b) => b.bytes - a.bytes),
    unknown,
  };
}

function sizeInBytes({ shape, bytes }: ValueType): number {
  return sizeOf(shape) * bytes;
}

/** These give another shape to the same numbers. */
const ALIASES = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);
/** These may write over an operand of the same size that nobody reads later. */
const IN_PLACE = new Set(
  (
    "Abs Add Cast Ceil Clip Cos Div Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu Log Mul Neg Not Pow Reciprocal Relu Round " +
    "Selu Sigmoid Sign Sin Softmax Softplus Softsign Sqrt Sub Tan Tanh Max Min Sum ScatterElements"
  ).split(" "),
);

interface Buffer {
  readonly bytes: number;
  /** Only values of the same shape and element size take over each other's buffers. */
  readonly kind: string;
  readonly layer: string;
  /** Reads still to come of the values that share it now. */
  reads: number;
  readonly from: number;
  /** Step after which nobody uses it any more. */
  until: number;
}

interface Peak {
  readonly bytes: number;
  readonly byLayer: ReadonlyMap<string, number>;
}

/**
 * Largest sum of buffers that hold intermediate values at one time. Inputs, constants and graph outputs are not counted:
 * others hold them. As ONNX Runtime's planner does, a buffer whose value was read for the last time is kept for the next
 * value of the same shape, if one comes, rather than freed: so it stays even through a time in which it holds nothing.
 */
function followValues(model: OnnxModel, types: ReadonlyMap<string, ValueType>): Peak {
  const outside = new Set([...model.inputs, ...model.outputs, ...model.initializers].map(({ name }) => name));
  const folded = foldedTransposes(model);
  const reads = new Map<string, number>();
  for (const { inputs } of model.nodes) for (const name of inputs) reads.set(name, (reads.get(name) ?? 0) + 1);
  const bufferOf = new Map<string, Buffer>();
  const buffers: Buffer[] = [];
  /** Read for the last time; latest last. */
  const idle: Buffer[] = [];
  for (const [step, node] of executionOrder(model).entries()) {
    for (const [index, name] of node.outputs.entries()) {
      if (outside.has(name)) continue;
      const type = types.get(name)!;
      const kind = `${type.bytes}:${type.shape.join()}`;
      const isAlias = ALIASES.has(node.type) || folded.has(node);
      if (isAlias && outside.has(node.inputs[0]!)) continue;
      const operands = node.inputs.flatMap((input) => bufferOf.get(input) ?? []);
      const overwritten = IN_PLACE.has(node.type)
        ? operands.find((one) => one.reads === 1 && one.kind === kind)
        : undefined;
      let buffer = (isAlias ? bufferOf.get(node.inputs[0]!) : undefined) ?? (index === 0 ? overwritten : undefined);
      if (!buffer) {
        const place = idle.findLastIndex((one) => one.kind === kind);
        buffer = place < 0 ? undefined : idle.splice(place, 1)[0];
      }
      if (!buffer) {
        buffer = { bytes: sizeInBytes(type), kind, layer: layerOf(node), reads: 0, from: step, until: step };
        buffers.push(buffer);
      }
      buffer.reads += reads.get(name) ?? 0;
      bufferOf.set(name, buffer);
    }
    const touched = [...node.inputs, ...node.outputs].flatMap((name) => bufferOf.get(name) ?? []);
    for (const buffer of touched) buffer.until = step;
    for (const input of node.inputs) {
      const buffer = bufferOf.get(input);
      if (buffer) buffer.reads--;
    }
    for (const buffer of new Set(touched)) if (buffer.reads === 0 && !idle.includes(buffer)) idle.push(buffer);
  }
  return peakOf(buffers, model.nodes.length);
}

function peakOf(buffers: readonly Buffer[], steps: number): Peak {
  const change = new Float64Array(steps + 1);
  for (const { bytes, from, until } of buffers) {
    change[from]! += bytes;
    change[until + 1]! -= bytes;
  }
  let [alive, peak, at] = [0, 0, 0];
  for (let step = 0; step < steps; step++) {
    alive += change[step]!;
    if (alive > peak) [peak, at] = [alive, step];
  }
  const byLayer = new Map<string, number>();
  for (const { layer, bytes, from, until } of buffers) {
    if (from <= at && at <= until) byLayer.set(layer, (byLayer.get(layer) ?? 0) + bytes);
  }
  return { bytes: peak, byLayer };
}

function layerOf({ origin }: OnnxNode): string {
  if (!origin) return "(no layer)";
  return `${origin.path || "(no layer)"} ${origin.pass}`;
}

/** Transposes of the last two axes that only products read: ONNX Runtime makes the product read its operand transposed. */
function foldedTransposes({ nodes }: OnnxModel): ReadonlySet<OnnxNode> {
  const typesOfReaders = new Map<string, Set<string>>();
  for (const { type, inputs } of nodes) {
    for (const name of inputs) typesOfReaders.set(name, (typesOfReaders.get(name) ?? new Set()).add(type));
  }
  const isFolded = ({ type, attributes, outputs }: OnnxNode) => {
    const perm = attributes["perm"] as readonly number[] | undefined;
    const readers = typesOfReaders.get(outputs[0]!);
    if (type !== "Transpose" || !perm || !readers || readers.size !== 1 || !readers.has("MatMul")) return false;
    const rank = perm.length;
    return rank >= 2 && perm.every((axis, at) => axis === (at < rank - 2 ? at : at === rank - 2 ? rank - 1 : rank - 2));
  };
  return new Set(nodes.filter(isFolded));
}

/**
 * The order in which ONNX Runtime's executor takes the nodes: depth first from the last leaf backwards, later operands'
 * makers first (GraphViewer's default order).
 */
function executionOrder({ nodes }: OnnxModel): OnnxNode[] {
  const indexOf = new Map<string, number>();
  for (const [index, { outputs }] of nodes.entries()) for (const name of outputs) indexOf.set(name, index);
  const makers = nodes.map(({ inputs }) =>
    [...new Set(inputs.flatMap((name) => indexOf.get(name) ?? []))].sort((a, b) => a - b),
  );
  const isRead = new Set(makers.flat());
  const order: OnnxNode[] = [];
  const visited = new Set<number>();
  const pending: { index: number; isDone: boolean }[] = [];
  for (const index of nodes.keys()) if (!isRead.has(index)) pending.push({ index, isDone: false });
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    const { index, isDone } = entry;
    if (isDone) {
      order.push(nodes[index]!);
      continue;
    }
    if (visited.has(index)) continue;
    visited.add(index);
    pending.push({ index, isDone: true });
    for (const maker of makers[index]!) if (!visited.has(maker)) pending.push({ index: maker, isDone: false });
  }
  return order;
}
