/** @file Networks and the layers they are made of: parameters by scope, image in, logits out. */
export { dropout, prelu, type DropoutOptions } from "./activation.ts";
export { imageAttention, multiHeadAttention, type AttentionOptions } from "./attention.ts";
export { bcpUnet, type BcpUnetOptions, DROPOUT } from "./bcp-unet.ts";
export {
  conv1x1,
  conv2d,
  conv3d,
  convTranspose2d,
  convTranspose3d,
  type ConvOptions,
  type ConvTransposeOptions,
  type PerAxis,
} from "./convolution.ts";
export {
  type CompactInput,
  type CompactShape,
  compactControl,
  compactDecoder,
  compactWidth,
} from "./compact-denoiser.ts";
export { controlBranch } from "./control-branch.ts";
export { deeplab, type DeeplabOptions, scaledRates } from "./deeplab.ts";
export {
  denoiserDecoder,
  denoiserEncoder,
  type DenoiserInput,
  type DenoiserShape,
  type EncoderFeatures,
  encoderWidths,
  timeWaves,
} from "./denoiser.ts";
export { hint, type HintOptions, patchMerge } from "./hint.ts";
export { fanInUniform, fanInUniformBias, fanInUniformShare, filled, heNormal, normal, uniform } from "./init.ts";
export { KL_FACTOR, KL_LATENT_CHANNELS, klDecoder, klEncoder } from "./kl-autoencoder.ts";
export {
  averagePool2d,
  averagePool3d,
  instanceNorm,
  plainInstanceNorm,
  maxPool2d,
  maxPool3d,
  upsample2d,
  upsample3d,
  type PoolOptions,
  type UpsampleOptions,
} from "./layers.ts";
export { maskGenerator, maskGeneratorLevels, type MaskGeneratorOptions, type Mixtures } from "./mask-generator.ts";
export { embedding, linear, type LinearOptions } from "./linear.ts";
export { type Norm, normOf } from "./norm.ts";
export { batchNorm, groupNorm, layerNorm, spectralNorm } from "./normalization.ts";
export { patchDiscriminator, type PatchDiscriminatorOptions } from "./patch-discriminator.ts";
export {
  CANDIDATES,
  cellShares,
  mixtureRows,
  searchableDown,
  searchableUp,
  type CellOptions,
} from "./searchable-cell.ts";
export { registration, registrationLevels, type RegistrationOptions } from "./registration.ts";
export { residualGenerator, type ResidualGeneratorOptions } from "./residual-generator.ts";
export { narrowResnet, type NarrowResnetOptions } from "./narrow-resnet.ts";
export { resnet, type ResnetOptions } from "./resnet.ts";
export { unet, type UnetOptions } from "./unet.ts";
export { vnet, type VnetOptions } from "./vnet.ts";
