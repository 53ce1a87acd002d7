/** @file A residual trunk for small images and few of them: what ResNet is, without the stem that takes three quarters of the detail away. */
import { relu, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { type Norm, normOf } from "./norm.ts";
import { basicBlock } from "./resnet.ts";

export interface NarrowResnetOptions {
  /** Channels of the first stage; doubled at each of the two others. Default 8. */
  width?: number;
  /** Of the first convolution: 2, or 1 for images that are small already. Default 2. */
  stride?: 1 | 2;
  /** Default "batch". */
  norm?: Norm;
}

/** image [N, C, H, W] -> features [N, 4 width, H / (4 stride), W / (4 stride)], at least 0; H and W divisible by 4 stride. */
export function narrowResnet(scope: Scope, image: Tensor, options: NarrowResnetOptions = {}): Tensor {
  const { width = 8, stride = 2, norm = "batch" } = options;
  const stem = scope.at("stem");
  let x = conv2d(stem.at("conv"), image, { channels: width, kernel: 3, stride, bias: false });
  x = relu(normOf(stem.at("norm"), x, norm));
  for (let stage = 0; stage < 3; stage++) {
    const block = { channels: width << stage, stride: stage === 0 ? 1 : 2, dilation: 1, norm };
    x = basicBlock(scope.at(`stage.${stage}`), x, block);
  }
  return x;
}
