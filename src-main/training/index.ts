/** @file Training: losses, optimizers, schedules and the step programs made of them. */
export { ema, type Average } from "./ema.ts";
export {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  diceCrossEntropy,
  meanAbsoluteError,
  meanSquaredError,
  softDice,
  softDicePerClass,
  type SoftDiceOptions,
} from "./losses/index.ts";
export { adam, adamW, clipByGlobalNorm, sgd, type AdamOptions, type Optimizer } from "./optimizers.ts";
export { constantRate, cosineRate, polyRate, warmUp, type Schedule } from "./schedules.ts";
export { decodeTrainState, encodeTrainState, stepCount, type TrainState } from "./train-state.ts";
export {
  inferStep,
  trainStep,
  type InferStep,
  type InferStepSpec,
  type InputSpec,
  type InputSpecs,
  type TrainStepSpec,
} from "./train-step.ts";
export {
  differenceGradient,
  differenceProduct,
  hessianVectorProduct,
  unrolledGradient,
  virtualStep,
  withGradients,
  type MixedProductOptions,
  type UnrolledOptions,
  type VirtualStep,
} from "./hypergradient.ts";
