/** @file Every operator that can be imported, in the opsets that changed it, against ONNX Runtime running the same model. */
import { expect, it } from "vitest";
import { defineProgram, importOnnx, input, Scope, sizeOf } from "../../src-main/engine/index.ts";
import { operators } from "../../src-main/engine/onnx/import/operators/index.ts";
import { folds } from "../../src-main/engine/onnx/import/fold.ts";
import { loadOnnx, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { modelOf, type AttributeOf, type TensorOf } from "./onnx-models.ts";

/** A shape is an input of random numbers; a tensor with values is an initializer; null is left out. */
type Operand = readonly number[] | (TensorOf & { values: readonly number[] }) | null;

interface Case {
  type: string;
  opset?: number;
  operands: readonly Operand[];
  attributes?: Record<string, AttributeOf>;
  outputs?: number;
  /** Random inputs are drawn from it; default [-2, 2]. */
  range?: [number, number];
}

const ints = (...values: number[]): Operand => ({ shape: [values.length], dtype: "int64", values });
const floats = (...values: number[]): Operand => ({ shape: [values.length], values });
const number = (value: number): Operand => ({ shape: [], values: [value] });
const integer = (value: number): Operand => ({ shape: [], dtype: "int64", values: [value] });

const IMAGE = [2, 3, 5, 6];
const positive: [number, number] = [0.3, 2];

const elementwise: Case[] = [
  ...["Add", "Sub", "Mul", "Div"].map((type) => ({ type, operands: [IMAGE, [3, 1, 6]], range: positive })),
  ...["Min", "Max", "Sum", "Mean"].map((type) => ({ type, operands: [IMAGE, IMAGE, [6]] })),
  ...["Neg", "Abs", "Exp", "Sin", "Cos", "Sign", "Relu", "Sigmoid", "Tanh", "Softplus", "Erf", "Softsign", "Floor"].map(
    (type) => ({ type, operands: [IMAGE] }),
  ),
  ...["Log", "Sqrt", "Reciprocal"].map((type) => ({ type, operands: [IMAGE], range: positive })),
  ...[1, 2, 0.5, -1, 3].map((power) => ({ type: "Pow", operands: [IMAGE, number(power)], range: positive })),
  { type: "Pow", operands: [number(2), IMAGE] },
  { type: "LeakyRelu", operands: [IMAGE], attributes: { alpha: { float: 0.2 } } },
  { type: "LeakyRelu", operands: [IMAGE] },
  { type: "Elu", operands: [IMAGE], attributes: { alpha: { float: 0.5 } } },
  { type: "Selu", operands: [IMAGE] },
  { type: "Celu", operands: [IMAGE], attributes: { alpha: { float: 0.7 } } },
  { type: "PRelu", operands: [IMAGE, { shape: [3, 1, 1], values: [0.1, -0.2, 0.3] }] },
  { type: "Gelu", opset: 20, operands: [IMAGE] },
  { type: "Gelu", opset: 20, operands: [IMAGE], attributes: { approximate: "tanh" } },
  { type: "Mish", opset: 18, operands: [IMAGE] },
  { type: "HardSigmoid", operands: [IMAGE], attributes: { alpha: { float: 0.3 } } },
  { type: "HardSwish", opset: 14, operands: [IMAGE], range: [-5, 5] },
  { type: "Clip", opset: 9, operands: [IMAGE], attributes: { min: { float: -0.5 }, max: { float: 1 } } },
  { type: "Clip", operands: [IMAGE, number(0), number(1)] },
  { type: "Clip", operands: [IMAGE, null, number(1)] },
  { type: "Clip", operands: [IMAGE, number(0)] },
  { type: "Clip", operands: [IMAGE, number(-1)] },
  { type: "Cast", operands: [IMAGE], attributes: { to: 7 } },
  { type: "Cast", operands: [IMAGE], attributes: { to: 1 } },
  { type: "CastLike", opset: 15, operands: [IMAGE, ints(1)] },
  { type: "Identity", operands: [IMAGE] },
  { type: "Dropout", operands: [IMAGE] },
  { type: "Dropout", operands: [IMAGE, number(0.5)] },
];

const softmaxes: Case[] = ["Softmax", "LogSoftmax"].flatMap((type) => [
  { type, opset: 11, operands: [IMAGE] },
  { type, opset: 11, operands: [IMAGE], attributes: { axis: 3 } },
  { type, operands: [IMAGE], attributes: { axis: 1 } },
  { type, operands: [IMAGE] },
]);

const W = [4, 3, 3, 3];
const convolutions: Case[] = [
  { type: "Conv", operands: [IMAGE, W, [4]], attributes: { pads: [1, 1, 1, 1] } },
  { type: "Conv", operands: [IMAGE, W], attributes: { pads: [0, 1, 2, 0], strides: [2, 1] } },
  { type: "Conv", operands: [IMAGE, W], attributes: { auto_pad: "SAME_UPPER", strides: [2, 2] } },
  { type: "Conv", operands: [IMAGE, W], attributes: { auto_pad: "SAME_LOWER", strides: [2, 2] } },
  { type: "Conv", operands: [IMAGE, W], attributes: { auto_pad: "VALID" } },
  {
    type: "Conv",
    operands: [
      [1, 4, 7, 7],
      [4, 2, 3, 3],
    ],
    attributes: { group: 2, dilations: [2, 2] },
  },
  {
    type: "Conv",
    operands: [
      [1, 2, 9],
      [3, 2, 4],
    ],
    attributes: { pads: [1, 2] },
  },
  {
    type: "Conv",
    operands: [
      [1, 2, 4, 5, 3],
      [3, 2, 3, 3, 1],
    ],
    attributes: { pads: [1, 1, 0, 1, 1, 0] },
  },
  { type: "ConvTranspose", operands: [IMAGE, [3, 4, 2, 2], [4]], attributes: { strides: [2, 2] } },
  {
    type: "ConvTranspose",
    operands: [IMAGE, [3, 4, 3, 3]],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  { type: "ConvTranspose", operands: [IMAGE, [3, 4, 3, 3]], attributes: { strides: [2, 2], pads: [0, 1, 1, 0] } },
  { type: "ConvTranspose", operands: [IMAGE, [3, 4, 3, 3]], attributes: { strides: [2, 2], output_shape: [10, 12] } },
  { type: "ConvTranspose", operands: [IMAGE, [3, 4, 3, 3]], attributes: { strides: [2, 2], auto_pad: "SAME_UPPER" } },
  {
    type: "ConvTranspose",
    operands: [
      [1, 4, 3, 3],
      [4, 2, 3, 3],
    ],
    attributes: { group: 2, dilations: [2, 2] },
  },
  {
    type: "ConvTranspose",
    operands: [
      [1, 2, 4, 3, 2],
      [2, 3, 2, 2, 2],
    ],
    attributes: { strides: [2, 2, 2] },
  },
];

const pools: Case[] = [
  { type: "MaxPool", operands: [IMAGE], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  { type: "MaxPool", operands: [IMAGE], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  { type: "MaxPool", operands: [IMAGE], attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
  { type: "MaxPool", operands: [IMAGE], attributes: { kernel_shape: [3, 2], pads: [0, 0, 2, 1] } },
  { type: "MaxPool", operands: [IMAGE], attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" } },
  { type: "AveragePool", operands: [[1, 3, 4, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 3] } },
  { type: "AveragePool", operands: [IMAGE], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  {
    type: "AveragePool",
    operands: [IMAGE],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  { type: "AveragePool", operands: [IMAGE], attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
  { type: "GlobalAveragePool", operands: [IMAGE] },
  { type: "GlobalMaxPool", operands: [IMAGE] },
];

const channels = (...values: number[]): Operand => floats(...values);
const norms: Case[] = [
  {
    type: "BatchNormalization",
    opset: 9,
    operands: [IMAGE, [3], [3], channels(0.1, -0.2, 0.3), channels(0.5, 1, 2)],
    attributes: { epsilon: { float: 1e-3 } },
  },
  { type: "BatchNormalization", opset: 15, operands: [IMAGE, [3], [3], channels(0.1, -0.2, 0.3), channels(0.5, 1, 2)] },
  { type: "InstanceNormalization", operands: [IMAGE, [3], [3]], attributes: { epsilon: { float: 1e-3 } } },
  { type: "LayerNormalization", opset: 17, operands: [IMAGE, [6], [6]] },
  { type: "LayerNormalization", opset: 17, operands: [IMAGE, [5, 6]], attributes: { axis: 2 } },
  { type: "GroupNormalization", opset: 18, operands: [[2, 4, 3, 3], [2], [2]], attributes: { num_groups: 2 } },
  { type: "GroupNormalization", opset: 21, operands: [[2, 4, 3, 3], [4], [4]], attributes: { num_groups: 2 } },
  { type: "LpNormalization", operands: [IMAGE], attributes: { axis: 1, p: 2 } },
];

const reduced = ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"];
const reductions: Case[] = [
  ...reduced.flatMap((type) => [
    { type, opset: 13, operands: [IMAGE], attributes: { axes: [-1, 1], keepdims: 0 } },
    { type, opset: 18, operands: [IMAGE, ints(2, 3)] },
    { type, opset: 18, operands: [IMAGE] },
  ]),
  { type: "ReduceSum", opset: 11, operands: [IMAGE], attributes: { axes: [1] } },
  { type: "ReduceSum", operands: [IMAGE, ints(1)], attributes: { keepdims: 0 } },
  { type: "ReduceSum", operands: [IMAGE], attributes: { noop_with_empty_axes: 1 } },
  { type: "ReduceLogSum", opset: 18, operands: [IMAGE, ints(1)], range: positive },
  { type: "ArgMax", operands: [IMAGE], attributes: { axis: 1 } },
  { type: "ArgMax", operands: [IMAGE], attributes: { axis: -1, keepdims: 0 } },
  { type: "ArgMin", operands: [IMAGE], attributes: { axis: 1 } },
];

const moves: Case[] = [
  { type: "Shape", operands: [IMAGE] },
  { type: "Shape", opset: 15, operands: [IMAGE], attributes: { start: 1, end: -1 } },
  { type: "Size", operands: [IMAGE] },
  { type: "Reshape", operands: [IMAGE, ints(0, -1, 5)] },
  { type: "Flatten", operands: [IMAGE] },
  { type: "Flatten", operands: [IMAGE], attributes: { axis: -1 } },
  { type: "Squeeze", opset: 11, operands: [[1, 3, 1, 2]], attributes: { axes: [0, 2] } },
  { type: "Squeeze", operands: [[1, 3, 1, 2], ints(-2)] },
  { type: "Squeeze", operands: [[1, 3, 1, 2]] },
  { type: "Unsqueeze", opset: 11, operands: [IMAGE], attributes: { axes: [0, 5] } },
  { type: "Unsqueeze", operands: [IMAGE, ints(-1)] },
  { type: "Transpose", operands: [IMAGE] },
  { type: "Transpose", operands: [IMAGE], attributes: { perm: [0, 2, 3, 1] } },
  { type: "Concat", operands: [IMAGE, [2, 1, 5, 6]], attributes: { axis: -3 } },
  { type: "Split", opset: 11, operands: [[4, 6]], attributes: { axis: 1, split: [1, 2, 3] }, outputs: 3 },
  { type: "Split", opset: 13, operands: [[4, 6], ints(2, 4)], attributes: { axis: 1 }, outputs: 2 },
  { type: "Split", opset: 18, operands: [[4, 7]], attributes: { axis: 1, num_outputs: 3 }, outputs: 3 },
  { type: "Slice", opset: 9, operands: [IMAGE], attributes: { starts: [1, -3], ends: [9, -1], axes: [2, 3] } },
  { type: "Slice", operands: [IMAGE, ints(1, 0), ints(2 ** 53, -1)] },
  { type: "Slice", operands: [IMAGE, ints(-1), ints(-(2 ** 53)), ints(3), ints(-2)] },
  { type: "Slice", operands: [IMAGE, ints(0), ints(6), ints(3), ints(2)] },
  { type: "Gather", operands: [IMAGE, integer(-1)], attributes: { axis: 2 } },
  { type: "Gather", operands: [IMAGE, ints(2, 0, 2)], attributes: { axis: 1 } },
  {
    type: "GatherElements",
    operands: [[2, 3], { shape: [2, 2], dtype: "int64", values: [2, 0, 1, 1] }],
    attributes: { axis: 1 },
  },
  { type: "Expand", operands: [[3, 1], ints(2, 1, 4)] },
  { type: "Tile", operands: [[2, 3], ints(2, 3)] },
  ...["DCR", "CRD"].map((mode) => ({
    type: "DepthToSpace",
    operands: [[1, 8, 2, 3]],
    attributes: { blocksize: 2, mode },
  })),
  { type: "SpaceToDepth", operands: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  { type: "Pad", opset: 9, operands: [IMAGE], attributes: { pads: [0, 0, 1, 2, 0, 0, 2, 1], value: { float: 0.5 } } },
  { type: "Pad", operands: [IMAGE, ints(0, 0, 1, 2, 0, 0, 2, 1), number(0.5)] },
  { type: "Pad", operands: [IMAGE, ints(0, 0, -1, 2, 0, 0, 2, -2)] },
  { type: "Pad", operands: [IMAGE, ints(0, 0, 1, 2, 0, 0, 2, 1)], attributes: { mode: "reflect" } },
  { type: "Pad", operands: [IMAGE, ints(0, 0, 1, 2, 0, 0, 2, 1)], attributes: { mode: "edge" } },
  { type: "Pad", opset: 19, operands: [IMAGE, ints(2, 1), null, ints(-1)], attributes: { mode: "wrap" } },
];

const products: Case[] = [
  {
    type: "MatMul",
    operands: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  { type: "MatMul", operands: [[4], [2, 4, 3]] },
  { type: "MatMul", operands: [[2, 3, 4], [4]] },
  { type: "Gemm", operands: [[3, 4], [4, 5], [5]] },
  {
    type: "Gemm",
    operands: [
      [4, 3],
      [5, 4],
      [3, 5],
    ],
    attributes: { alpha: { float: 0.5 }, beta: { float: 2 }, transA: 1, transB: 1 },
  },
];

const coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
const resizes: Case[] = [
  { type: "Upsample", opset: 9, operands: [IMAGE, floats(1, 1, 2, 3)], attributes: { mode: "nearest" } },
  { type: "Upsample", opset: 9, operands: [IMAGE, floats(1, 1, 2, 2)], attributes: { mode: "linear" } },
  { type: "Resize", opset: 10, operands: [IMAGE, floats(1, 1, 2, 2)], attributes: { mode: "nearest" } },
  { type: "Resize", opset: 10, operands: [IMAGE, floats(1, 1, 0.6, 2)], attributes: { mode: "linear" } },
  ...coordinates.flatMap((mode): Case[] => [
    {
      type: "Resize",
      operands: [IMAGE, null, null, ints(2, 3, 9, 4)],
      attributes: { mode: "linear", coordinate_transformation_mode: mode },
    },
    {
      type: "Resize",
      operands: [IMAGE, null, floats(1, 1, 1.5, 2)],
      attributes: { mode: "cubic", coordinate_transformation_mode: mode },
    },
    {
      type: "Resize",
      operands: [IMAGE, null, floats(1, 1, 2, 2)],
      attributes: { mode: "nearest", nearest_mode: "floor", coordinate_transformation_mode: mode },
    },
    {
      type: "Resize",
      operands: [IMAGE, null, null, ints(2, 3, 3, 13)],
      attributes: { mode: "nearest", coordinate_transformation_mode: mode },
    },
  ]),
  {
    type: "Resize",
    opset: 19,
    operands: [IMAGE, null, floats(1.5, 2.3)],
    attributes: { mode: "linear", axes: [2, 3], coordinate_transformation_mode: "half_pixel_symmetric" },
  },
  {
    type: "Resize",
    operands: [IMAGE, null, floats(1, 1, 2, 2)],
    attributes: { mode: "nearest", nearest_mode: "ceil", coordinate_transformation_mode: "half_pixel" },
  },
  { type: "Resize", operands: [IMAGE, null, floats(1, 1, 2, 2)], attributes: { mode: "cubic", exclude_outside: 1 } },
  { type: "Resize", operands: [[1, 2, 3, 4, 3], null, floats(1, 1, 2, 2, 2)], attributes: { mode: "linear" } },
];

const cases = [
  ...elementwise,
  ...softmaxes,
  ...convolutions,
  ...pools,
  ...norms,
  ...reductions,
  ...moves,
  ...products,
  ...resizes,
];
const title = ({ type, opset = 13, operands, attributes = {} }: Case) =>
  `${type}-${opset} of ${operands.map((one) => (one === null ? "-" : `[${("shape" in one ? one.shape : one).join()}]`)).join(" ")} ${JSON.stringify(attributes)}`;

it.each(cases.map((one) => [title(one), one] as const))(
  "%s",
  async (_, { type, opset = 13, operands, attributes = {}, outputs = 1, range = [-2, 2] }) => {
    const random = new Random(5, type);
    const inputs: { name: string; shape: readonly number[] }[] = [];
    const initializers: TensorOf[] = [];
    const names = operands.map((operand, index) => {
      const name = `in${index}`;
      if (operand === null) return "";
      if ("shape" in operand) initializers.push({ ...operand, name });
      else inputs.push({ name, shape: operand });
      return name;
    });
    const results = Array.from({ length: outputs }, (_one, index) => `out${index}`);
    const bytes = modelOf({
      opset,
      nodes: [{ type, inputs: names, outputs: results, attributes }],
      inputs,
      initializers,
      outputs: results,
    });
    const feeds = Object.fromEntries(
      inputs.map(({ name, shape }) => [
        name,
        Float32Array.from({ length: sizeOf(shape) }, () => random.between(...range)),
      ]),
    );

    const model = await loadOnnx(bytes, "cpu");
    const expected = await model.run(feeds);
    await model.release();
    const tensors = Object.fromEntries(inputs.map(({ name, shape }) => [name, input(name, { shape })]));
    const imported = importOnnx(bytes, { scope: Scope.root("net"), inputs: tensors });
    const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
    const program = await store.compile(
      defineProgram({ name: "test", inputs: Object.values(tensors), outputs: imported.outputs }),
    );
    const actual = await program.run(feeds);
    await store.release();
    for (const name of results) {
      expect(actual[name]!.shape).toEqual(expected[name]!.shape);
      const values = Array.from(actual[name]!.data, Number);
      for (const [index, value] of Array.from(expected[name]!.data, Number).entries()) {
        expect(
          Math.abs(values[index]! - value),
          `${name}[${index}]: expected ${value}, got ${values[index]}`,
        ).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
      }
    }
  },
);

/** Their inputs or results are not floats: told apart in onnx-import.test.ts. */
const ELSEWHERE = [
  "Equal",
  "Greater",
  "Less",
  "GreaterOrEqual",
  "LessOrEqual",
  "Not",
  "And",
  "Or",
  "Xor",
  "IsNaN",
  "Where",
];

it("tries every operator of the table", () => {
  const tried = new Set([...cases.map(({ type }) => type), ...ELSEWHERE]);
  expect([...operators.keys()].filter((type) => !tried.has(type))).toEqual([]);
  expect(
    Object.keys(folds)
      .filter((type) => !operators.has(type))
      .sort(),
  ).toEqual(["Ceil", "Constant", "ConstantOfShape", "Mod", "NonZero", "Range", "ReduceProd", "Round"]);
});
