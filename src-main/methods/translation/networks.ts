/** @file The networks of a translation by name, each of a size that a training fixes. */
import { concat, mean, type Scope, type Tensor } from "../../engine/index.ts";
import type { ChannelCount } from "../../dataset/index.ts";
import {
  type PatchDiscriminatorOptions,
  patchDiscriminator,
  registration,
  type RegistrationOptions,
  residualGenerator,
  type ResidualGeneratorOptions,
} from "../../networks/index.ts";

/** First part of the names of their parameters: checkpoints depend on them. */
export const NETWORKS = {
  /** Source to target. */
  forward: "forward",
  /** Target to source. */
  backward: "backward",
  /** Of target images. */
  targetJudge: "targetJudge",
  /** Of source images. */
  sourceJudge: "sourceJudge",
  registration: "registration",
} as const;

/** Fixes every shape of the programs. */
export interface TranslationShape {
  height: number;
  width: number;
  /** Of the source: of 2.5-D images its neighbors too. */
  sourceChannels: number;
  targetChannels: ChannelCount;
  generator: Omit<ResidualGeneratorOptions, "channels">;
  discriminator: Omit<PatchDiscriminatorOptions, "norm">;
  registration: RegistrationOptions;
  /** Scores of patches are averaged before the loss, as in RegGAN's program; else each patch has its own. Default true. */
  averagesPatches?: boolean;
}

/** Source images [N, sourceChannels, H, W] -> target images, both in [-1, 1]. */
export function toTarget(scope: Scope, source: Tensor, { generator, targetChannels }: TranslationShape): Tensor {
  return residualGenerator(scope, source, { ...generator, channels: targetChannels });
}

/** Target images -> source images. */
export function toSource(scope: Scope, target: Tensor, { generator, sourceChannels }: TranslationShape): Tensor {
  return residualGenerator(scope, target, { ...generator, channels: sourceChannels });
}

/** Scores of images, or of images beside their source: [N, 1, 1, 1], or one for each patch. */
export function judge(
  scope: Scope,
  images: readonly Tensor[],
  { discriminator, averagesPatches = true }: TranslationShape,
): Tensor {
  const stacked = images.length === 1 ? images[0]! : concat([...images], { axis: 1 });
  const scores = patchDiscriminator(scope, stacked, { ...discriminator, norm: "plain" });
  return averagesPatches ? mean(scores, { axes: [1, 2, 3], keepDims: true }) : scores;
}

/** The flow that moves a translated image onto a target image, for `warp`. */
export function flowBetween(scope: Scope, translated: Tensor, target: Tensor, shape: TranslationShape): Tensor {
  return registration(scope, concat([translated, target], { axis: 1 }), shape.registration);
}
