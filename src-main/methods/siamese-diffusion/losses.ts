/**
 * @file The losses of Siamese-Diffusion and who learns from which: Qiu et al. 2025, arXiv:2505.06068, sections 5 and 6 of the specification. Two
 * branches share all weights: one is steered by the mask, one by mask and image. The better informed one is a target for the other.
 */
import {
  add,
  concat,
  div,
  mean,
  mul,
  reshape,
  slice,
  square,
  stopGradient,
  sub,
  sumOver,
  type Scope,
  type Tensor,
} from "../../engine/index.ts";
import type { PredictionType } from "../../diffusion/index.ts";
import { denoiserDecoder, denoiserEncoder, type DenoiserInput, type EncoderFeatures } from "../../networks/index.ts";
import { controlMaps, denoiserShape, readHint, type SiameseShape } from "./networks.ts";

/** What is drawn for one batch. Per sample [B] unless said otherwise; samples stand in the order of their times. */
export interface NoisyBatch {
  /** Scaled latent images [B, C, H, W]. */
  clean: Tensor;
  /** ε of the same shape. */
  noise: Tensor;
  time: Tensor;
  /** √ᾱ and √(1 - ᾱ) at these times. */
  signal: Tensor;
  noiseLevel: Tensor;
  condition: Tensor;
}

export interface SiameseBatch extends NoisyBatch {
  /** Hints [B, planes, S, S] in [0, 1]. */
  maskHint: Tensor;
  imageHint: Tensor;
  /** 0 for samples of which the mask branch is not shown the mask, else 1. */
  kept: Tensor;
  /** Scalar: how much of the image's control goes into the mixed one. */
  imageWeight: Tensor;
  /** Weights of online augmentation, of the first samples of the batch; left out: no augmentation. */
  augmented?: Tensor;
}

export interface SiameseOptions {
  shape: SiameseShape;
  predicts: PredictionType;
  /** false: the mask branch alone. */
  imageBranch: boolean;
  consistencyWeight: number;
}

export interface SiameseLosses {
  total: Tensor;
  /** Of the mask branch, [B]. */
  perSample: Tensor;
  mask: Tensor;
  image?: Tensor;
  consistency?: Tensor;
  /** The same in units of noise. */
  noiseConsistency?: Tensor;
  augmentation?: Tensor;
  /** What the two branches predict, [B, C, H, W]; and the batch that online augmentation makes, of its own first samples. */
  predicted: { mask: Tensor; mixed?: Tensor; reestimated?: Tensor; renoised?: Tensor };
}

const perImage = (values: Tensor): Tensor => reshape(values, { to: [values.shape[0]!, 1, 1, 1] });

const stacked = (tensors: readonly Tensor[]): Tensor =>
  tensors.length === 1 ? tensors[0]! : concat(tensors, { axis: 0 });

function rowsOf(tensor: Tensor, start: number, count: number): Tensor {
  if (start === 0 && count === tensor.shape[0]) return tensor;
  return slice(tensor, { axes: [0], starts: [start], ends: [start + count] });
}

/** Mean of squares over all but the first axis: [B]. */
export function squaredErrors(prediction: Tensor, target: Tensor): Tensor {
  return mean(square(sub(prediction, target)), { axes: [1, 2, 3] });
}

/** √ᾱ z_0 + √(1 - ᾱ) ε. */
export function noised({
  clean,
  noise,
  signal,
  noiseLevel,
}: Pick<NoisyBatch, "clean" | "noise" | "signal" | "noiseLevel">): Tensor {
  return add(mul(perImage(signal), clean), mul(perImage(noiseLevel), noise));
}

/** What should be predicted. */
export function targetTensor(predicts: PredictionType, { clean, noise, signal, noiseLevel }: NoisyBatch): Tensor {
  return predicts === "eps" ? noise : sub(mul(perImage(signal), noise), mul(perImage(noiseLevel), clean));
}

/** z_0 that a prediction for `latent` speaks of. */
function reestimate(
  predicts: PredictionType,
  latent: Tensor,
  predicted: Tensor,
  { signal, noiseLevel }: NoisyBatch,
): Tensor {
  const [s, n] = [perImage(signal), perImage(noiseLevel)];
  if (predicts === "eps") return div(sub(latent, mul(n, predicted)), s);
  return sub(mul(s, latent), mul(n, predicted));
}

/** Without any control: what the prior learns from images alone. [B]. */
export function priorErrors(
  { encoder, decoder }: { encoder: Scope; decoder: Scope },
  batch: NoisyBatch,
  { shape, predicts }: Pick<SiameseOptions, "shape" | "predicts">,
): Tensor {
  const input = { latent: noised(batch), time: batch.time, condition: batch.condition };
  const denoiser = denoiserShape(shape);
  const predicted = denoiserDecoder(decoder, denoiserEncoder(encoder, input, denoiser), denoiser);
  return squaredErrors(predicted, targetTensor(predicts, batch));
}

const held = ({ rows, embedding }: EncoderFeatures): EncoderFeatures => ({
  rows: rows.map((row) => stopGradient(row)),
  embedding: stopGradient(embedding),
});

export function siameseLosses(
  { encoder, decoder, control }: { encoder: Scope; decoder: Scope; control: Scope },
  batch: SiameseBatch,
  { shape, predicts, imageBranch, consistencyWeight }: SiameseOptions,
): SiameseLosses {
  const denoiser = denoiserShape(shape);
  const input: DenoiserInput = { latent: noised(batch), time: batch.time, condition: batch.condition };
  const features = denoiserEncoder(encoder, input, denoiser);
  // Both hints go through the control in one pass: the weights are the same, and each gets its gradient once.
  const hints = imageBranch ? [batch.maskHint, batch.imageHint] : [batch.maskHint];
  const twice = (tensor: Tensor): Tensor => stacked(hints.map(() => tensor));
  const hinted = readHint(control, stacked(hints), shape);
  const maps = controlMaps(
    control,
    { latent: twice(input.latent), time: twice(input.time), condition: twice(input.condition) },
    hinted,
    shape,
  );
  const size = batch.clean.shape[0]!;
  const maskMaps = maps.map((map) => rowsOf(map, 0, size));
  const kept = perImage(batch.kept);
  const mask = denoiserDecoder(
    decoder,
    features,
    denoiser,
    maskMaps.map((map) => mul(map, kept)),
  );
  const target = targetTensor(predicts, batch);
  const perSample = squaredErrors(mask, target);
  const maskLoss = mean(perSample);
  if (!imageBranch) return { total: maskLoss, perSample, mask: maskLoss, predicted: { mask } };

  // The image's control learns through the mixed branch; the decoder does not, nor the mask's control.
  const imageMaps = maps.map((map) => rowsOf(map, size, size));
  const mixedMaps = maskMaps.map((map, row) => add(stopGradient(map), mul(imageMaps[row]!, batch.imageWeight)));
  const mixed = denoiserDecoder(decoder.frozen(), held(features), denoiser, mixedMaps);
  const imageLoss = mean(squaredErrors(mixed, target));

  const anchor = stopGradient(mixed);
  const apart = mul(squaredErrors(mask, anchor), batch.kept);
  const consistency = mean(apart);
  // Two predictions of v are further apart than those of ε by 1 / s².
  const noiseConsistency = predicts === "eps" ? consistency : mean(mul(apart, square(batch.signal)));
  const sum = add(maskLoss, imageLoss);
  const total = consistencyWeight === 0 ? sum : add(sum, mul(consistency, consistencyWeight));
  const losses = { perSample, mask: maskLoss, image: imageLoss, consistency, noiseConsistency };
  if (batch.augmented === undefined) return { ...losses, total, predicted: { mask, mixed } };

  // The image as the informed branch sees it, under the same noise at the same time, is one more example for the mask branch.
  const count = batch.augmented.shape[0]!;
  const first = (tensor: Tensor): Tensor => rowsOf(tensor, 0, count);
  const again: NoisyBatch = {
    clean: first(reestimate(predicts, input.latent, anchor, batch)),
    noise: first(batch.noise),
    time: first(batch.time),
    signal: first(batch.signal),
    noiseLevel: first(batch.noiseLevel),
    condition: first(batch.condition),
  };
  const renoised: DenoiserInput = { latent: noised(again), time: again.time, condition: again.condition };
  const predictedAgain = denoiserDecoder(
    decoder,
    denoiserEncoder(encoder, renoised, denoiser),
    denoiser,
    controlMaps(control, renoised, first(hinted), shape),
  );
  const weighted = mul(squaredErrors(predictedAgain, targetTensor(predicts, again)), batch.augmented);
  const augmentation = mul(sumOver(weighted), 1 / size);
  return {
    ...losses,
    augmentation,
    total: add(total, augmentation),
    predicted: { mask, mixed, reestimated: again.clean, renoised: renoised.latent },
  };
}
