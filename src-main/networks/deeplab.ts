/** @file DeepLab, the segmentation network that looks at several distances at once instead of joining skips. */
import { concat, mean, relu, resizeLinear, type Scope, type Tensor, upsampleNearest } from "../engine/index.ts";
import { dropout as drop } from "./activation.ts";
import { conv2d, type ConvOptions } from "./convolution.ts";
import { type Norm, normOf } from "./norm.ts";
import { resnet, type ResnetOptions } from "./resnet.ts";

export interface DeeplabOptions {
  /** Channels of the logits. */
  classes: number;
  /** Channels of the first stage of the backbone; the head has four times as many. Default 32; ResNet-18 has 64. */
  width?: number;
  /** Blocks of each stage of the backbone. Default [2, 2, 2, 2]. */
  blocks?: ResnetOptions["blocks"];
  /** How many pixels one place of the features stands for. 8 sees finer borders and takes about twice as long. Default 16. */
  outputStride?: 8 | 16;
  /** Dilations of the three 3 × 3 kernels, in places of the features. Default: the published ones scaled to the image, `scaledRates`. */
  rates?: readonly number[];
  /**
   * Default "batch", as published; "group" for batches of fewer than eight images. Not "instance": it would take out whatever the image as a whole adds, since
   * that is the same at all places. For the same reason "group" wants more than one channel in a group: a width of 4 at least.
   */
  norm?: Exclude<Norm, "instance">;
  /** Share of elements dropped in training before the last 3 × 3 convolution. Default 0; published 0.5. */
  dropout?: number;
}

/** Places of the features that an image needs along either side: fewer, and all rates see the same. */
const FEWEST_PLACES = 4;

/** Least width with two channels in each of the head's groups. */
const FEWEST_GROUPED = 4;

/**
 * DeepLabV3. Chen et al. 2017 (arXiv:1706.05587): a dilated ResNet (of basic blocks here), then side by side a 1 × 1 convolution, 3 × 3 ones of
 * several dilations and the mean of the image, joined and enlarged bilinearly. image [N, C, H, W] -> logits [N, K, H, W]. Throws for an image with less than 4
 * places of the features along a side, and for batch norm over a single image.
 */
export function deeplab(scope: Scope, image: Tensor, options: DeeplabOptions): Tensor {
  const { classes, width = 32, blocks, outputStride = 16, norm = "batch", dropout = 0 } = options;
  const size = image.shape.slice(2);
  const places = size.map((length) => Math.ceil(length / outputStride)) as [number, number];
  if (Math.min(...places) < FEWEST_PLACES) {
    const needed = FEWEST_PLACES * outputStride;
    const finer = outputStride === 16 ? " or the output stride 8" : "";
    throw new Error(
      `deeplab: image ${size.join(" x ")} leaves ${places.join(" x ")} places at output stride ${outputStride}. Use at least ${needed} x ${needed}${finer}.`,
    );
  }
  if (norm === "group" && width < FEWEST_GROUPED) {
    throw new Error(`deeplab: width ${width} is too small for group norm. Use at least ${FEWEST_GROUPED}.`);
  }
  if (norm === "batch" && scope.mode === "train" && image.shape[0] === 1) {
    throw new Error(
      `deeplab: batch norm of the image's mean is nothing with a batch of 1. Use more images or the norm "group".`,
    );
  }
  const { rates = scaledRates(Math.min(...places)) } = options;
  const channels = 4 * width;
  const unit = (place: Scope, x: Tensor, kernel: Pick<ConvOptions, "kernel" | "dilation">) =>
    relu(normOf(place.at("norm"), conv2d(place.at("conv"), x, { channels, bias: false, ...kernel }), norm));
  const features = resnet(scope.at("backbone"), image, {
    width,
    norm,
    outputStride,
    ...(blocks === undefined ? {} : { blocks }),
  }); // [N, 8 width, places]

  const pyramid = scope.at("pyramid");
  const views = [
    unit(pyramid.at("pixel"), features, { kernel: 1 }),
    ...rates.map((dilation, index) => unit(pyramid.at(`rate.${index}`), features, { kernel: 3, dilation })),
    upsampleNearest(imageLevel(pyramid.at("image"), features, channels, norm), { factor: places }),
  ]; // [N, 4 width, places] each
  const joined = unit(pyramid.at("project"), concat(views, { axis: 1 }), { kernel: 1 });
  const refined = unit(scope.at("refine"), drop(pyramid.at("dropout"), joined, { rate: dropout }), { kernel: 3 });
  return resizeLinear(conv2d(scope.at("head"), refined, { channels: classes, kernel: 1 }), { size });
}

/** What the image as a whole says: [N, channels, 1, 1]. With one place a norm of each image would leave nothing, so only that of a batch stands here. */
function imageLevel(scope: Scope, features: Tensor, channels: number, norm: Norm): Tensor {
  const average = mean(features, { axes: [2, 3], keepDims: true });
  const mapped = conv2d(scope.at("conv"), average, { channels, kernel: 1, bias: norm !== "batch" });
  return relu(norm === "batch" ? normOf(scope.at("norm"), mapped, norm) : mapped);
}

/** Rates 6, 12 and 18 of 33 places of the features: those of a 513-pixel crop at output stride 16, or 12, 24 and 36 of 65 at stride 8. */
const PUBLISHED = { rates: [6, 12, 18], places: 33 } as const;

/**
 * The published dilations as shares of the features, whatever their size; each a step larger than the one before. Kept as they are, in a small image the outer
 * taps of a kernel would fall on padding everywhere, and a 3 × 3 kernel be a 1 × 1 one (section 3.3 of the paper).
 */
export function scaledRates(places: number): number[] {
  return PUBLISHED.rates.map((rate, index) => Math.max(index + 1, Math.round((rate * places) / PUBLISHED.places)));
}
