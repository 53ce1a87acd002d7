/** @file Training: losses, optimizers, schedules and the step programs made of them. */
export { ema, type Average } from "./ema.ts";
export {
  binaryCrossEntropyWithLogits,
  binaryFocal,
  crossEntropy,
  diceCrossEntropy,
  flowSmoothness,
  focal,
  gaussianDivergence,
  hingeAdversarial,
  huber,
  leastSquaresAdversarial,
  logisticAdversarial,
  meanAbsoluteError,
  meanSquaredError,
  mixLoss,
  mixTargets,
  mmdRbf,
  softDice,
  softDicePerClass,
  softDicePerImage,
  softJaccard,
  softJaccardPerClass,
  softmaxDivergence,
  type AdversarialLoss,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
  type FocalOptions,
  type Gaussian,
  type MixDice,
  type MixOptions,
  type MmdOptions,
  type SoftDiceOptions,
} from "./losses/index.ts";
export {
  adam,
  adamW,
  clipByGlobalNorm,
  rmsProp,
  sgd,
  type AdamOptions,
  type Optimizer,
  type RmsPropOptions,
} from "./optimizers.ts";
export { constantRate, cosineRate, multiStepRate, polyRate, stepRate, warmUp, type Schedule } from "./schedules.ts";
export { drawNoise } from "./noise.ts";
export { decodeTrainState, encodeTrainState, stepCount, type TrainState } from "./train-state.ts";
export { compileStep, type CompileStepOptions, type RunningStep, type StepStore } from "./compile-step.ts";
export { inferStep, type InferStep, type InferStepSpec } from "./infer-step.ts";
export { type LossScale } from "./loss-scale.ts";
export {
  trainStep,
  type InputSpec,
  type InputSpecs,
  type ParameterGroup,
  type TrainStep,
  type TrainStepSpec,
} from "./train-step.ts";
export {
  differenceGradient,
  differenceProduct,
  hessianVectorProduct,
  unrolledGradient,
  unrolledLoss,
  virtualStep,
  withGradients,
  type MixedProductOptions,
  type UnrolledOptions,
  type VirtualStep,
} from "./hypergradient.ts";
