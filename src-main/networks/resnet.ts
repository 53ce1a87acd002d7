/** @file The ResNet of basic blocks: an image's features, for heads that grade it or segment it. */
import { add, relu, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { maxPool2d } from "./layers.ts";
import { type Norm, normOf } from "./norm.ts";

export interface ResnetOptions {
  /** Channels of the first stage; doubled at each of the three others. Default 64. */
  width?: number;
  /** Blocks of each stage. Default [2, 2, 2, 2], ResNet-18; [3, 4, 6, 3] is ResNet-34. */
  blocks?: readonly [number, number, number, number];
  /** Default "batch". */
  norm?: Norm;
  /** How many pixels of the image one place of the features stands for. Below 32 the last stages dilate their kernels instead of halving. Default 32. */
  outputStride?: 8 | 16 | 32;
}

/**
 * ResNet without its classifier. He et al. 2016 (arXiv:1512.03385), dilated as Yu & Koltun 2016 (arXiv:1511.07122) and DeepLabV3 have it. image [N, C, H, W] ->
 * features [N, 8 width, ⌈H / outputStride⌉, ⌈W / outputStride⌉], at least 0.
 */
export function resnet(scope: Scope, image: Tensor, options: ResnetOptions = {}): Tensor {
  const { width = 64, blocks = [2, 2, 2, 2], norm = "batch", outputStride = 32 } = options;
  const stem = scope.at("stem");
  let x = conv2d(stem.at("conv"), image, { channels: width, kernel: 7, stride: 2, bias: false });
  x = relu(normOf(stem.at("norm"), x, norm));
  x = maxPool2d(x, { kernel: 3, stride: 2, padding: 1 }); // [N, width, H / 4, W / 4]
  let reached = 4;
  let dilation = 1;
  for (const [stage, count] of blocks.entries()) {
    const isDilated = stage > 0 && reached === outputStride;
    const stride = stage === 0 || isDilated ? 1 : 2;
    // Kernels that follow a halving left out look twice as far, so that they see what they would have seen.
    if (isDilated) dilation *= 2;
    reached *= stride;
    for (let block = 0; block < count; block++) {
      const place = scope.at(`stage.${stage}.${block}`);
      x = basicBlock(place, x, { channels: width << stage, stride: block === 0 ? stride : 1, dilation, norm });
    }
  }
  return x;
}

export interface BlockOptions {
  channels: number;
  stride: number;
  dilation: number;
  norm: Norm;
}

/** relu(x + F(x)), F two 3 × 3 convolutions with norms; x by a 1 × 1 convolution where its shape changes. */
export function basicBlock(scope: Scope, x: Tensor, { channels, stride, dilation, norm }: BlockOptions): Tensor {
  const half = (index: number, from: Tensor, step: number) => {
    const mapped = conv2d(scope.at(`conv.${index}`), from, {
      channels,
      kernel: 3,
      stride: step,
      dilation,
      bias: false,
    });
    return normOf(scope.at(`norm.${index}`), mapped, norm);
  };
  const residual = half(1, relu(half(0, x, stride)), 1);
  if (stride === 1 && x.shape[1] === channels) return relu(add(x, residual));
  const shortcut = scope.at("shortcut");
  const mapped = conv2d(shortcut.at("conv"), x, { channels, kernel: 1, stride, bias: false });
  return relu(add(normOf(shortcut.at("norm"), mapped, norm), residual));
}
