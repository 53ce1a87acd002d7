/** @file Networks and the layers they are made of: parameters by scope, image in, logits out. */
export { imageAttention, multiHeadAttention, type AttentionOptions } from "./attention.ts";
export { filled, heNormal } from "./init.ts";
export { averagePool2d, conv2d, instanceNorm, maxPool2d, upsample2d, type ConvOptions } from "./layers.ts";
export { embedding, fanInUniform, linear, type LinearOptions } from "./linear.ts";
export { groupNorm } from "./normalization.ts";
export { unet, type UnetOptions } from "./unet.ts";
