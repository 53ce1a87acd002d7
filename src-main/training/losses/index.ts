/** @file Losses: tensors in, one scalar out. */
export { binaryCrossEntropyWithLogits, crossEntropy } from "./cross-entropy.ts";
export { diceCrossEntropy, softDice, softDicePerClass, type SoftDiceOptions } from "./dice.ts";
export { meanAbsoluteError, meanSquaredError } from "./regression.ts";
