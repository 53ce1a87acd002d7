/**
 * @file The best weights so far, with the score they had: one safetensors file, so that a resumed run still knows what
 * it has to beat. The other checkpoint, "last", is the method's own.
 */
import { decodeSafetensors, encodeSafetensors } from "../engine/safetensors.ts";

export interface BestCheckpoint {
  step: number;
  /** The figure that the training is judged by; null when there was nothing to judge. */
  score: number | null;
  /** What the method's `weights` gave. */
  weights: Uint8Array;
}

export function encodeBestCheckpoint({ step, score, weights }: BestCheckpoint): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({
    tensors: { weights: { shape: [weights.length], data: new Uint8Array(weights) } },
    metadata: { step: String(step), score: JSON.stringify(score) },
  });
}

export function decodeBestCheckpoint(bytes: Uint8Array): BestCheckpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const weights = tensors["weights"]?.data;
  if (!(weights instanceof Uint8Array) || metadata["step"] === undefined)
    throw new Error("checkpoint: not a best one.");
  return {
    step: Number(metadata["step"]),
    // Its name in checkpoints of older versions.
    score: JSON.parse(metadata["score"] ?? metadata["validationDice"] ?? "null") as number | null,
    weights,
  };
}
