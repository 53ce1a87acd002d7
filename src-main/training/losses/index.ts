/** @file Losses: tensors in, one scalar out. */
export { hingeAdversarial, leastSquaresAdversarial, logisticAdversarial, type AdversarialLoss } from "./adversarial.ts";
export {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
} from "./cross-entropy.ts";
export {
  diceCrossEntropy,
  softDice,
  softDicePerClass,
  softDicePerImage,
  softJaccard,
  softJaccardPerClass,
  type SoftDiceOptions,
} from "./dice.ts";
export { gaussianDivergence, mmdRbf, softmaxDivergence, type Gaussian, type MmdOptions } from "./distribution.ts";
export { flowSmoothness } from "./flow.ts";
export { binaryFocal, focal, type FocalOptions } from "./focal.ts";
export { mixLoss, mixTargets, type MixDice, type MixOptions } from "./mix.ts";
export { huber, meanAbsoluteError, meanSquaredError } from "./regression.ts";
