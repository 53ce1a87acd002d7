/** @file The training compiler: tensors, ops, gradients, programs, ONNX. Running them: runtime/index.ts. */
export {
  constant,
  defineOp,
  input,
  none,
  scalar,
  sizeOf,
  state,
  Tensor,
  type Dtype,
  type Init,
  type Op,
  type Operand,
  type RandomSource,
  type Shape,
  type TensorType,
} from "./graph.ts";
export { gradients } from "./gradient.ts";
export { inHalfPrecision } from "./half-precision.ts";
export { joinPrograms, type JoinedPart } from "./join.ts";
export { substitute } from "./rewrite.ts";
export { defineProgram, emitProgram, type EmitOptions, type Program, type StateSpec } from "./program.ts";
export { Scope, type Buffer, type Mode } from "./scope.ts";
export {
  importOnnx,
  IMPORTED_OPSETS,
  UnsupportedOnnxError,
  type ImportedOnnx,
  type ImportOptions,
  type UnsupportedOperator,
} from "./onnx/import/index.ts";
export { externalLocations } from "./onnx/external-data.ts";
export { readModel, type ModelProto } from "./onnx/read-model.ts";
export { openShapes, type OpenShapes } from "./open-shapes.ts";
export { trainingGraph, type TrainingGraph, type TrainingGraphOptions } from "./training-graph.ts";
export { encodeModel, OPSET, readModelSummary, type ModelSummary, type OnnxModel } from "./onnx/model.ts";
export { planMemory, type MemoryPlan } from "./memory-plan.ts";
export { profileTables, type LayerTime, type OperatorTime, type Profile } from "./profile.ts";

export { attention } from "./ops/attention.ts";
export { batchNormalization, batchStatistics } from "./ops/batch-normalization.ts";
export { greaterOrEqual, less, lessOrEqual, logicalAnd, logicalNot, logicalOr } from "./ops/comparisons.ts";
export { elu, erf, gelu, geluTanh, leakyRelu, prelu, relu, sigmoid, silu, softplus, tanh } from "./ops/activations.ts";
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  type ConvolutionAttrs,
} from "./ops/convolution.ts";
export { sigmoidCrossEntropy, softmaxCrossEntropy } from "./ops/cross-entropy.ts";
export {
  abs,
  add,
  cast,
  clip,
  cos,
  div,
  equal,
  exp,
  floor,
  greater,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  round,
  sign,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from "./ops/elementwise.ts";
export { layerNormalization, type LayerNormalizationAttrs } from "./ops/layer-normalization.ts";
export { matmul, transposed } from "./ops/matmul.ts";
export { groupNormalization, instanceNormalization } from "./ops/normalization.ts";
export { checkpoint } from "./ops/recomputation.ts";
export { averageBlocks, globalAveragePool, globalMaxPool, maxPoolNd, upsampleNearest } from "./ops/pooling.ts";
export {
  broadcastTo,
  logSumExp,
  max,
  mean,
  sum,
  sumOver,
  sumTo,
  variance,
  type ReductionOptions,
} from "./ops/reductions.ts";
export {
  depthToSpace,
  flip,
  pixelShuffle,
  pixelUnshuffle,
  roll,
  spaceToDepth,
  unfold,
  type UnfoldOptions,
} from "./ops/reordering.ts";
export {
  adaptiveAveragePool,
  averagePool,
  padReflect,
  padReplicate,
  resizeLinear,
  resizeNearest,
  type AveragePoolOptions,
  type BorderAttrs,
  type ResizeTarget,
} from "./ops/resampling.ts";
export {
  bilinearSample,
  bilinearScatter,
  bilinearSlope,
  gridSample,
  warp,
  type GridSampleOptions,
} from "./ops/sampling.ts";
export {
  argMax,
  concat,
  gather,
  gatherElements,
  oneHot,
  pad,
  reshape,
  scatterAdd,
  slice,
  transpose,
  zerosOf,
} from "./ops/shapes.ts";
export { logSoftmax, softmax } from "./ops/softmax.ts";
export { topK, topKIndices, topKMean, type TopKAttrs } from "./ops/top-k.ts";
export { ops } from "./ops/index.ts";
