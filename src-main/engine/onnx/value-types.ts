/**
 * @file Shape and element size of every value of an emitted graph, by ONNX's rules for the operators that ops emit (opset 18).
 * Sizes that an operator reads from a tensor must be constants or shapes, as they are in our graphs.
 */
import { sameShape, sizeOf, type Shape } from "../graph.ts";
import type { AttributeValue, OnnxModel, OnnxNode } from "./model.ts";

export interface ValueType {
  readonly shape: Shape;
  /** Of one element. */
  readonly bytes: number;
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2, int64: 8, int32: 4, uint8: 1, bool: 1 };
/** TensorProto.DataType -> bytes of one element. */
const BYTES_OF_CODE: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8 };
const INDEX_BYTES = 8;
const BOOL_BYTES = 1;

/** What a rule sees of a node. */
interface Call {
  readonly node: OnnxNode;
  /** Types of its inputs; null: left out. */
  readonly inputs: readonly (ValueType | null)[];
  /** A constant input's numbers. */
  numbers(index: number): number[];
  ints(name: string, otherwise: readonly number[]): readonly number[];
  int(name: string, otherwise: number): number;
}

type Rule = (call: Call) => readonly ValueType[];

const first = ({ inputs }: Call): ValueType => inputs[0]!;
const same: Rule = (call) => [first(call)];
const shaped = (call: Call, shape: Shape, bytes = first(call).bytes): ValueType[] => [{ shape, bytes }];

const broadcast: Rule = ({ inputs }) => {
  const present = inputs.filter((input) => input !== null);
  return [{ shape: present.map(({ shape }) => shape).reduce(broadcastShapes), bytes: present.at(-1)!.bytes }];
};
const compare: Rule = (call) => [{ shape: broadcast(call)[0]!.shape, bytes: BOOL_BYTES }];

function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(at(a, axis), at(b, axis)));
}

const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

const reduce: Rule = (call) => {
  const { shape } = first(call);
  const given = call.node.inputs.length > 1 ? call.numbers(1) : call.ints("axes", []);
  const axes = new Set((given.length > 0 ? given : [...shape.keys()]).map((axis) => positive(axis, shape.length)));
  return shaped(call, dropOrKeep(shape, axes, call.int("keepdims", 1)));
};

const argReduce: Rule = (call) => {
  const { shape } = first(call);
  const axes = new Set([positive(call.int("axis", 0), shape.length)]);
  return shaped(call, dropOrKeep(shape, axes, call.int("keepdims", 1)), INDEX_BYTES);
};

function dropOrKeep(shape: Shape, axes: ReadonlySet<number>, keep: number): Shape {
  return shape.flatMap((size, axis) => (axes.has(axis) ? (keep ? [1] : []) : [size]));
}

/** Windows of a convolution or pooling, per spatial axis. */
function windowCounts(call: Call, kernel: readonly number[]): number[] {
  const size = first(call).shape.slice(2);
  const ones = size.map(() => 1);
  const [stride, dilation] = [call.ints("strides", ones), call.ints("dilations", ones)];
  const pads = call.ints(
    "pads",
    [...size, ...size].map(() => 0),
  );
  const round = call.int("ceil_mode", 0) ? Math.ceil : Math.floor;
  return size.map((length, axis) => {
    const padded = length + pads[axis]! + pads[axis + size.length]!;
    return round((padded - dilation[axis]! * (kernel[axis]! - 1) - 1) / stride[axis]!) + 1;
  });
}

const pool: Rule = (call) => {
  const { shape, bytes } = first(call);
  const pooled = [...shape.slice(0, 2), ...windowCounts(call, call.ints("kernel_shape", []))];
  return [
    { shape: pooled, bytes },
    { shape: pooled, bytes: INDEX_BYTES },
  ];
};

const globalPool: Rule = (call) => {
  const { shape } = first(call);
  return shaped(call, [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)]);
};

const RULES: Readonly<Record<string, Rule>> = {
  ...all(
    "Abs Acos Asin Atan BatchNormalization Ceil Celu Clip Cos CumSum Dropout Elu Erf Exp Floor Gelu GroupNormalization HardSigmoid " +
      "HardSwish Identity InstanceNormalization LeakyRelu Log LogSoftmax LpNormalization Mish Neg Not Reciprocal " +
      "Relu Round ScatterElements ScatterND Selu Sigmoid Sign Sin Softmax Softplus Softsign Sqrt Tan Tanh Trilu",
    same,
  ),
  ...all("Add And Div Max Mean Min Mod Mul Or Pow PRelu Sub Sum Where Xor", broadcast),
  ...all("Equal Greater GreaterOrEqual Less LessOrEqual", compare),
  ...all("IsInf IsNaN", (call) => shaped(call, first(call).shape, BOOL_BYTES)),
  ...all(
    "ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare",
    reduce,
  ),
  ...all("ArgMax ArgMin", argReduce),
  ...all("MaxPool AveragePool LpPool", pool),
  ...all("GlobalAveragePool GlobalMaxPool", globalPool),
  LayerNormalization(call) {
    const { shape, bytes } = first(call);
    const start = positive(call.int("axis", -1), shape.length);
    const statistics = { shape: shape.map((size, axis) => (axis < start ? size : 1)), bytes };
    return [{ shape, bytes }, statistics, statistics];
  },
  Cast: (call) => shaped(call, first(call).shape, BYTES_OF_CODE[call.int("to", 1)] ?? 4),
  Reshape(call) {
    const { shape } = first(call);
    const to = call.numbers(1).map((size, axis) => (size === 0 ? shape[axis]! : size));
    const known = to.reduce((product, size) => (size < 0 ? product : product * size), 1);
    return shaped(
      call,
      to.map((size) => (size < 0 ? sizeOf(shape) / known : size)),
    );
  },
  Flatten(call) {
    const { shape } = first(call);
    const axis = positive(call.int("axis", 1), shape.length);
    return shaped(call, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
  },
  Unsqueeze(call) {
    const { shape } = first(call);
    const given = call.numbers(1);
    const axes = new Set(given.map((axis) => positive(axis, shape.length + given.length)));
    const rest = [...shape];
    return shaped(
      call,
      Array.from({ length: shape.length + axes.size }, (_, at) => (axes.has(at) ? 1 : rest.shift()!)),
    );
  },
  Squeeze(call) {
    const { shape } = first(call);
    const given =
      call.node.inputs.length > 1 ? call.numbers(1) : shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
    return shaped(call, dropOrKeep(shape, new Set(given.map((axis) => positive(axis, shape.length))), 0));
  },
  Transpose(call) {
    const { shape } = first(call);
    return shaped(
      call,
      call.ints("perm", [...shape.keys()].toReversed()).map((axis) => shape[axis]!),
    );
  },
  Expand: (call) => shaped(call, broadcastShapes(first(call).shape, call.numbers(1))),
  Tile(call) {
    const times = call.numbers(1);
    return shaped(
      call,
      first(call).shape.map((size, axis) => size * times[axis]!),
    );
  },
  Concat(call) {
    const shape = [...first(call).shape];
    const axis = positive(call.int("axis", 0), shape.length);
    shape[axis] = call.inputs.reduce((total, input) => total + input!.shape[axis]!, 0);
    return shaped(call, shape);
  },
  Split(call) {
    const { shape, bytes } = first(call);
    const axis = positive(call.int("axis", 0), shape.length);
    const count = call.node.outputs.length;
    const sizes = call.node.inputs.length > 1 ? call.numbers(1) : Array<number>(count).fill(shape[axis]! / count);
    return sizes.map((size) => ({ shape: shape.with(axis, size), bytes }));
  },
  Slice(call) {
    const shape = [...first(call).shape];
    const [starts, ends] = [call.numbers(1), call.numbers(2)];
    const axes = call.node.inputs[3] ? call.numbers(3) : [...starts.keys()];
    const steps = call.node.inputs[4] ? call.numbers(4) : starts.map(() => 1);
    for (const [at, given] of axes.entries()) {
      const axis = positive(given, shape.length);
      const size = shape[axis]!;
      const step = steps[at]!;
      const clamp = (value: number, low: number, high: number) => Math.min(Math.max(positive(value, size), low), high);
      const [start, end] =
        step > 0
          ? [clamp(starts[at]!, 0, size), clamp(ends[at]!, 0, size)]
          : [clamp(starts[at]!, 0, size - 1), clamp(ends[at]!, -1, size - 1)];
      shape[axis] = Math.max(0, Math.ceil((end - start) / step));
    }
    return shaped(call, shape);
  },
  Pad(call) {
    const { shape } = first(call);
    const pads = call.numbers(1);
    const axes = call.node.inputs[3] ? call.numbers(3) : [...shape.keys()];
    const padded = [...shape];
    for (const [at, axis] of axes.entries()) {
      padded[positive(axis, shape.length)]! += pads[at]! + pads[at + axes.length]!;
    }
    return shaped(call, padded);
  },
  Gather(call) {
    const { shape } = first(call);
    const axis = positive(call.int("axis", 0), shape.length);
    return shaped(call, [...shape.slice(0, axis), ...call.inputs[1]!.shape, ...shape.slice(axis + 1)]);
  },
  GatherElements: (call) => shaped(call, call.inputs[1]!.shape),
  OneHot(call) {
    const shape = [...first(call).shape];
    shape.splice(positive(call.int("axis", -1), shape.length + 1), 0, call.numbers(1)[0]!);
    return shaped(call, shape, call.inputs[2]!.bytes);
  },
  TopK(call) {
    const { shape, bytes } = first(call);
    const top = shape.with(positive(call.int("axis", -1), shape.length), call.numbers(1)[0]!);
    return [
      { shape: top, bytes },
      { shape: top, bytes: INDEX_BYTES },
    ];
  },
  MatMul(call) {
    const [a, b] = [call.inputs[0]!.shape, call.inputs[1]!.shape];
    return shaped(call, [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!]);
  },
  Gemm(call) {
    const [a, b] = [call.inputs[0]!.shape, call.inputs[1]!.shape];
    return shaped(call, [a[call.int("transA", 0)]!, b[1 - call.int("transB", 0)]!]);
  },
  Conv(call) {
    const weight = call.inputs[1]!.shape;
    return shaped(call, [first(call).shape[0]!, weight[0]!, ...windowCounts(call, weight.slice(2))]);
  },
  ConvTranspose(call) {
    const [{ shape }, { shape: weight }] = [first(call), call.inputs[1]!];
    const [size, kernel] = [shape.slice(2), weight.slice(2)];
    const ones = size.map(() => 1);
    const [stride, dilation] = [call.ints("strides", ones), call.ints("dilations", ones)];
    const pads = call.ints(
      "pads",
      [...size, ...size].map(() => 0),
    );
    const extra = call.ints(
      "output_padding",
      size.map(() => 0),
    );
    const spatial = size.map((length, axis) => {
      const full = stride[axis]! * (length - 1) + dilation[axis]! * (kernel[axis]! - 1) + 1 + extra[axis]!;
      return full - pads[axis]! - pads[axis + size.length]!;
    });
    return shaped(call, [shape[0]!, weight[1]! * call.int("group", 1), ...spatial]);
  },
  MaxUnpool(call) {
    const { shape } = first(call);
    if (call.node.inputs.length > 2) return shaped(call, call.numbers(2));
    const kernel = call.ints("kernel_shape", []);
    const stride = call.ints(
      "strides",
      kernel.map(() => 1),
    );
    const pads = call.ints(
      "pads",
      [...kernel, ...kernel].map(() => 0),
    );
    const spatial = kernel.map((length, axis) => {
      return (shape[axis + 2]! - 1) * stride[axis]! + length - pads[axis]! - pads[axis + kernel.length]!;
    });
    return shaped(call, [...shape.slice(0, 2), ...spatial]);
  },
  Resize(call) {
    const { shape } = first(call);
    const given = call.node.inputs[3] ? call.numbers(3) : null;
    const axes = call.ints("axes", [...shape.keys()]).map((axis) => positive(axis, shape.length));
    const resized = [...shape];
    for (const [at, axis] of axes.entries()) {
      resized[axis] = given ? given[at]! : Math.floor(shape[axis]! * call.numbers(2)[at]!);
    }
    return shaped(call, resized);
  },
  GridSample: (call) => shaped(call, [...first(call).shape.slice(0, 2), ...call.inputs[1]!.shape.slice(1, -1)]),
  DepthToSpace(call) {
    const [batch, channels, height, width] = first(call).shape as [number, number, number, number];
    const block = call.int("blocksize", 1);
    return shaped(call, [batch, channels / block ** 2, height * block, width * block]);
  },
  SpaceToDepth(call) {
    const [batch, channels, height, width] = first(call).shape as [number, number, number, number];
    const block = call.int("blocksize", 1);
    return shaped(call, [batch, channels * block ** 2, height / block, width / block]);
  },
  ConstantOfShape: (call) => [{ shape: call.numbers(0), bytes: 4 }],
  Shape: (call) => [{ shape: [first(call).shape.length], bytes: INDEX_BYTES }],
};

function all(types: string, rule: Rule): Record<string, Rule> {
  return Object.fromEntries(types.split(" ").map((type) => [type, rule]));
}

export interface ValueTypes {
  /** By value name: graph inputs, constants, outputs of nodes. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** Operators without a rule; their outputs are taken to be as large as their largest input. */
  readonly unknown: readonly string[];
}

/** Types of all values of a model whose sizes are all numbers. Throws where a declared output disagrees. */
export function valueTypes(model: OnnxModel): ValueTypes {
  const types = new Map<string, ValueType>();
  const unknown = new Set<string>();
  const constants = new Map<string, ArrayLike<number>>(model.initializers.map((one) => [one.name, one.values]));
  for (const { name, shape, dtype } of model.inputs)
    types.set(name, { shape: shape.map(Number), bytes: BYTES[dtype]! });
  for (const { name, shape, dtype } of model.initializers) types.set(name, { shape, bytes: BYTES[dtype]! });
  for (const node of model.nodes) {
    const inputs = node.inputs.map((name) => types.get(name) ?? null);
    const rule = node.domain === "" && Object.hasOwn(RULES, node.type) ? RULES[node.type] : undefined;
    if (!rule) unknown.add(node.domain ? `${node.domain}.${node.type}` : node.type);
    const outputs = rule?.(callOf(node, inputs, constants)) ?? node.outputs.map(() => largest(inputs));
    if (node.type === "Shape" && node.domain === "") constants.set(node.outputs[0]!, inputs[0]!.shape);
    for (const [index, name] of node.outputs.entries()) types.set(name, outputs[index] ?? { shape: [], bytes: 4 });
  }
  for (const { name, shape } of model.outputs) {
    const found = types.get(name)!.shape;
    if (unknown.size > 0 || sameShape(found, shape as Shape)) continue;
    throw new Error(`value types: output ${name}: declared [${shape.join(", ")}], found [${found.join(", ")}].`);
  }
  return { types, unknown: [...unknown] };
}

function callOf(
  node: OnnxNode,
  inputs: readonly (ValueType | null)[],
  constants: ReadonlyMap<string, ArrayLike<number>>,
): Call {
  const attribute = (name: string): AttributeValue | undefined => node.attributes[name];
  return {
    node,
    inputs,
    numbers(index) {
      const values = constants.get(node.inputs[index]!);
      if (!values) throw new Error(`value types: ${node.name}: input ${index} must be a constant.`);
      return Array.from(values, Number);
    },
    ints: (name, otherwise) => (attribute(name) as readonly number[] | undefined) ?? otherwise,
    int: (name, otherwise) => (attribute(name) as number | undefined) ?? otherwise,
  };
}

function largest(inputs: readonly (ValueType | null)[]): ValueType {
  const size = ({ shape, bytes }: ValueType) => sizeOf(shape) * bytes;
  return inputs.reduce<ValueType>(
    (best, one) => (one && size(one) > size(best) ? one : best),
    inputs.find((one) => one !== null) ?? { shape: [], bytes: 4 },
  );
}
