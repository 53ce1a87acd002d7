/** @file How each operation of the reference file is written with our ops. One line per operation. */
import {
  abs,
  adaptiveAveragePool,
  add,
  attention,
  batchNormalization,
  batchStatistics,
  averagePool,
  cast,
  clip,
  concat,
  convolution,
  convolutionInputGradient,
  cos,
  div,
  elu,
  exp,
  flip,
  gather,
  gelu,
  geluTanh,
  globalAveragePool,
  globalMaxPool,
  gridSample,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  leakyRelu,
  log,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maximum,
  maxPoolNd,
  mean,
  minimum,
  mul,
  padReflect,
  padReplicate,
  pixelShuffle,
  pixelUnshuffle,
  pow,
  prelu,
  relu,
  reshape,
  resizeLinear,
  resizeNearest,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sumOver,
  tanh,
  topKMean,
  transpose,
  transposed,
  variance,
  where,
  type Tensor,
} from "../../src-main/engine/index.ts";
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  meanAbsoluteError,
  meanSquaredError,
  mmdRbf,
  softDice,
} from "../../src-main/training/index.ts";

export type OracleAttrs = Readonly<Record<string, number | boolean | string | readonly number[]>>;
/** Builds the output, or all outputs, from the inputs in the manifest's order; null: this variant is not supported yet. */
type Build = (inputs: Tensor[], attrs: OracleAttrs) => Tensor | Tensor[] | null;

/** One number for all spatial axes, or one per axis. */
function perAxis(attrs: OracleAttrs, name: string, axes: number, fallback: number): number[] {
  const value = attrs[name] ?? fallback;
  return Array.isArray(value) ? [...(value as number[])] : Array.from({ length: axes }, () => value as number);
}

function convolutionAttrs(attrs: OracleAttrs, axes: number) {
  return {
    stride: perAxis(attrs, "stride", axes, 1),
    padding: perAxis(attrs, "padding", axes, 0),
    dilation: perAxis(attrs, "dilation", axes, 1),
    groups: (attrs["groups"] as number | undefined) ?? 1,
  };
}

const conv: Build = ([x, w, b], attrs) =>
  convolution(b ? [x!, w!, b] : [x!, w!], convolutionAttrs(attrs, x!.shape.length - 2));

const convTranspose: Build = ([x, w, b], attrs) => {
  const axes = x!.shape.length - 2;
  const parts = convolutionAttrs(attrs, axes);
  const extra = perAxis(attrs, "outputPadding", axes, 0);
  const inputSize = extra.map(
    (more, axis) =>
      (x!.shape[axis + 2]! - 1) * parts.stride[axis]! -
      2 * parts.padding[axis]! +
      parts.dilation[axis]! * (w!.shape[axis + 2]! - 1) +
      1 +
      more,
  );
  const y = convolutionInputGradient(x!, w!, { ...parts, inputSize });
  return b ? add(y, reshape(b, { to: [b.shape[0]!, ...inputSize.map(() => 1)] })) : y;
};

const maxPool: Build = ([x], attrs) => {
  const axes = x!.shape.length - 2;
  const kernel = perAxis(attrs, "kernel", axes, 2);
  return maxPoolNd(x!, {
    kernel,
    stride: "stride" in attrs ? perAxis(attrs, "stride", axes, 1) : kernel,
    padding: perAxis(attrs, "padding", axes, 0),
  });
};

const averagePooling: Build = ([x], attrs) => {
  const axes = x!.shape.length - 2;
  const kernel = perAxis(attrs, "kernel", axes, 2);
  return averagePool(x!, {
    kernel,
    stride: "stride" in attrs ? perAxis(attrs, "stride", axes, 1) : kernel,
    padding: perAxis(attrs, "padding", axes, 0),
    countPadding: attrs["countIncludePad"] !== false,
  });
};

const resizeTarget = (attrs: OracleAttrs, x: Tensor) => {
  const axes = x.shape.length - 2;
  return "size" in attrs ? { size: perAxis(attrs, "size", axes, 1) } : { scale: perAxis(attrs, "scale", axes, 1) };
};

/** Sides left, right (last axis), top, bottom (the one before), front, back (before that). */
const border = (attrs: OracleAttrs, x: Tensor) => {
  const sides = (names: readonly string[]) =>
    names.slice(5 - x.shape.length).map((name) => (attrs[name] as number | undefined) ?? 0);
  return { before: sides(["front", "top", "left"]), after: sides(["back", "bottom", "right"]) };
};

const axesOf = (attrs: OracleAttrs) => attrs["axes"] as readonly number[];
/** Negative axes count from the end, as in PyTorch. */
const axisOf = ({ axis }: OracleAttrs, x: Tensor) => ((axis as number) + x.shape.length) % x.shape.length;
const keepDims = (attrs: OracleAttrs) => attrs["keepDims"] === true;

export const oracleOps: Readonly<Record<string, Build>> = {
  conv2d: conv,
  conv3d: conv,
  convTranspose2d: convTranspose,
  convTranspose3d: convTranspose,
  maxPool2d: maxPool,
  maxPool3d: maxPool,
  avgPool2d: averagePooling,
  avgPool3d: averagePooling,
  globalAvgPool: ([x]) => globalAveragePool(x!),
  adaptiveAvgPool2d: ([x], attrs) => adaptiveAveragePool(x!, { size: perAxis(attrs, "size", 2, 1) }),
  globalMaxPool: ([x]) => globalMaxPool(x!),
  resizeNearest: ([x], attrs) => resizeNearest(x!, resizeTarget(attrs, x!)),
  resizeBilinear: ([x], attrs) =>
    resizeLinear(x!, { ...resizeTarget(attrs, x!), alignCorners: attrs["alignCorners"] === true }),
  padReflect: ([x], attrs) => padReflect(x!, border(attrs, x!)),
  padReplicate: ([x], attrs) => padReplicate(x!, border(attrs, x!)),
  gridSample: ([x, grid], { paddingMode, alignCorners }) =>
    gridSample(x!, grid!, {
      padding: paddingMode === "border" ? "border" : "zeros",
      alignCorners: alignCorners === true,
    }),
  flip: ([x], attrs) => flip(x!, { axes: axesOf(attrs) }),
  pixelShuffle: ([x], { factor }) => pixelShuffle(x!, { factor: factor as number }),
  pixelUnshuffle: ([x], { factor }) => pixelUnshuffle(x!, { factor: factor as number }),
  instanceNorm: ([x, gamma, beta], { eps }) => instanceNormalization(x!, gamma!, beta!, { epsilon: eps as number }),
  groupNorm: ([x, gamma, beta], { groups, eps }) =>
    groupNormalization(x!, gamma!, beta!, { groups: groups as number, epsilon: eps as number }),
  layerNorm: ([x, gamma, beta], { axes, eps }) => {
    // Our op takes the last axes: any others are brought there and back.
    const rank = x!.shape.length;
    const chosen = (axes as readonly number[]).map((axis) => (axis + rank) % rank).sort((a, b) => a - b);
    const order = [...x!.shape.keys()].filter((axis) => !chosen.includes(axis)).concat(chosen);
    const y = layerNormalization(transpose(x!, { order }), gamma!, beta!, {
      lastAxes: chosen.length,
      epsilon: eps as number,
    });
    return transpose(y, { order: order.map((_, axis) => order.indexOf(axis)) });
  },
  batchNorm: ([x, gamma, beta, runningMean, runningVariance], { training, momentum = 0.1, eps }) => {
    const epsilon = eps as number;
    if (training !== true) return batchNormalization([x!, gamma!, beta!, runningMean!, runningVariance!], { epsilon });
    const { mean: batchMean, variance: batchVariance } = batchStatistics(x!);
    const moved = (running: Tensor, now: Tensor) => add(running, mul(sub(now, running), momentum as number));
    return [
      batchNormalization([x!, gamma!, beta!], { epsilon }),
      moved(runningMean!, batchMean),
      moved(runningVariance!, batchVariance),
    ];
  },
  prelu: ([x, slope]) => prelu(x!, slope!),
  topKMean: ([x], attrs) => topKMean(x!, { k: attrs["k"] as number, axis: axisOf(attrs, x!) }),
  attention: ([q, k, v, bias], { scale = q!.shape.at(-1)! ** -0.5 }) =>
    attention(bias ? [q!, k!, v!, bias] : [q!, k!, v!], { scale: scale as number }),
  relu: ([x]) => relu(x!),
  leakyRelu: ([x], { slope }) => leakyRelu(x!, { slope: slope as number }),
  silu: ([x]) => silu(x!),
  gelu: ([x]) => gelu(x!),
  geluTanh: ([x]) => geluTanh(x!),
  softplus: ([x]) => softplus(x!),
  sigmoid: ([x]) => sigmoid(x!),
  tanh: ([x]) => tanh(x!),
  exp: ([x]) => exp(x!),
  abs: ([x]) => abs(x!),
  square: ([x]) => square(x!),
  sin: ([x]) => sin(x!),
  cos: ([x]) => cos(x!),
  elu: ([x], { alpha = 1 }) => elu(x!, { alpha: alpha as number }),
  log: ([x]) => log(x!),
  sqrt: ([x]) => sqrt(x!),
  softmax: ([x], attrs) => softmax(x!, { axis: axisOf(attrs, x!) }),
  logSoftmax: ([x], attrs) => logSoftmax(x!, { axis: axisOf(attrs, x!) }),
  clip: ([x], { min, max: limit }) => clip(x!, { min: min as number, max: limit as number }),
  add: ([a, b]) => add(a!, b!),
  sub: ([a, b]) => sub(a!, b!),
  mul: ([a, b]) => mul(a!, b!),
  div: ([a, b]) => div(a!, add(abs(b!), 0.5)), // the manifest's note: b is replaced by |b| + 0.5
  maximum: ([a, b]) => maximum(a!, b!),
  minimum: ([a, b]) => minimum(a!, b!),
  powScalar: ([x], { exponent }) => pow(x!, { exponent: exponent as number }),
  matmul: ([a, b]) => matmul(a!, b!),
  linear: ([x, w, b]) => (b ? add(matmul(x!, transposed(w!)), b) : matmul(x!, transposed(w!))),
  sum: ([x], attrs) => sumOver(x!, { axes: axesOf(attrs), keepDims: keepDims(attrs) }),
  mean: ([x], attrs) => mean(x!, { axes: axesOf(attrs), keepDims: keepDims(attrs) }),
  variance: ([x], attrs) =>
    variance(x!, {
      axes: axesOf(attrs),
      keepDims: keepDims(attrs),
      correction: (attrs["correction"] as number | undefined) ?? 0,
    }),
  max: ([x], attrs) => max(x!, { axes: axesOf(attrs), keepDims: keepDims(attrs) }),
  logSumExp: ([x], attrs) => logSumExp(x!, { axes: axesOf(attrs), keepDims: keepDims(attrs) }),
  concat: (inputs, attrs) => concat(inputs, { axis: axisOf(attrs, inputs[0]!) }),
  slice: ([x], { starts, ends, steps }) => {
    const list = starts as readonly number[];
    return slice(x!, {
      axes: list.map((_, axis) => axis),
      starts: list,
      ends: ends as readonly number[],
      ...(steps === undefined ? {} : { steps: steps as readonly number[] }),
    });
  },
  transpose: ([x], { perm }) => transpose(x!, { order: perm as readonly number[] }),
  gather: ([x, index], attrs) => gather(x!, index!, { axis: axisOf(attrs, x!) }),
  where: ([mask, a, b]) => where(cast(mask!, { to: "bool" }), a!, b!),
  crossEntropy: ([logits, target, weight]) => crossEntropy(logits!, target!, weight ? { weight } : {}),
  binaryCrossEntropyWithLogits: ([logits, target]) => binaryCrossEntropyWithLogits(logits!, target!),
  meanSquaredError: ([a, b]) => meanSquaredError(a!, b!),
  meanAbsoluteError: ([a, b]) => meanAbsoluteError(a!, b!),
  mmdRbf: ([a, b], { sigma }) => mmdRbf(a!, b!, { sigma: sigma as number }),
  softDice: ([logits, target], { eps }) => softDice(logits!, target!, { epsilon: eps as number }),
};
