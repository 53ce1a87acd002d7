/**
 * @file What grades an image: a look at the whole and close looks at a few regions, which guess its label, and a denoiser that starts from the guess. Yang et al. 2023
 * (DiffMIC, arXiv:2303.10610) after Shen et al. 2021 (GMIC, arXiv:2002.07613).
 */
import {
  add,
  concat,
  type Init,
  mean,
  mul,
  reshape,
  type Scope,
  sigmoid,
  sizeOf,
  softmax,
  softplus,
  sumOver,
  tanh,
  type Tensor,
  topKMean,
  transpose,
} from "../../engine/index.ts";
import { batchNorm, conv2d, embedding, linear, narrowResnet, resnet } from "../../networks/index.ts";
import { trunkFeatures } from "./trunk.ts";
import type { OnnxTrunk } from "./trunk-record.ts";

/** Their names in checkpoints. */
export const NETWORKS = {
  /** A classifier of whole images alone, to be compared with, or to begin with. */
  classifier: "classifier",
  /** Guesses from the whole image and from regions. */
  global: "global",
  local: "local",
  /** What the denoiser sees of the image. */
  image: "image",
  denoiser: "denoiser",
} as const;

/** "narrow": for small images and few of them; "resnet18": 11 million weights, halves the image five times; "onnx": a person's own. */
export type Trunk = { kind: "narrow"; width: number } | { kind: "resnet18" } | OnnxTrunk;

export interface GraderShape {
  /** Side of the square image, pixels. */
  size: number;
  channels: number;
  /** Numbers of a label: one per class. */
  classes: number;
  trunk: Trunk;
  /** Close looks: how many, their side in pixels, and whether they see the first channel in place of each. */
  regions: { count: number; side: number; isFirstChannelAlone?: boolean };
  /** Of the cells of a saliency map, the highest ones, whose mean is a class's logit: 1 is the mean of all. */
  topShare: number;
  /** Width of the denoiser. */
  hidden: number;
  /** Of its diffusion. */
  times: number;
}

const ATTENTION_WIDTH = { narrow: 32, resnet18: 128, onnx: 128 } as const;

/** Features of an image, [N, features, cells, cells]. */
function trunkOf(scope: Scope, image: Tensor, trunk: Trunk, isClose = false): Tensor {
  // A region is small already: halved once less.
  if (trunk.kind === "narrow") return narrowResnet(scope, image, { width: trunk.width, stride: isClose ? 1 : 2 });
  return trunk.kind === "onnx" ? trunkFeatures(scope, image, trunk) : resnet(scope, image);
}

const pooled = (features: Tensor): Tensor => mean(features, { axes: [2, 3] });

/** image [N, channels, size, size] -> logits [N, classes]: a trunk and one layer. */
export function classifier(scope: Scope, image: Tensor, { trunk, classes }: GraderShape): Tensor {
  const features = pooled(trunkOf(scope.at("trunk"), image, trunk)); // [N, features]
  return linear(scope.at("head"), features, { features: classes });
}

/**
 * The same with where it comes from: `saliency` [N, classes, cells, cells], what each place alone says, so that its mean over the places is the logits. Zhou et al.
 * 2016, arXiv:1512.04150.
 */
export function classifierLook(
  scope: Scope,
  image: Tensor,
  { trunk, classes }: GraderShape,
): { saliency: Tensor; logits: Tensor } {
  const features = trunkOf(scope.at("trunk"), image, trunk);
  const [batch, width, rows, columns] = features.shape as [number, number, number, number];
  const head = (x: Tensor) => linear(scope.at("head"), x, { features: classes });
  const places = transpose(reshape(features, { to: [batch, width, rows * columns] }), { order: [0, 2, 1] });
  const said = transpose(head(places), { order: [0, 2, 1] }); // [N, classes, cells²]
  return { saliency: reshape(said, { to: [batch, classes, rows, columns] }), logits: head(pooled(features)) };
}

/**
 * The look at the whole: image [N, channels, size, size] -> `features` [N, features], the mean over all places; saliency [N, classes, cells, cells], any numbers, and logits [N, classes], the mean of the highest
 * `topShare` of each map.
 */
export function lookAtWhole(
  scope: Scope,
  image: Tensor,
  { trunk, classes, topShare }: GraderShape,
): { features: Tensor; saliency: Tensor; logits: Tensor } {
  const features = trunkOf(scope.at("trunk"), image, trunk);
  const saliency = conv2d(scope.at("saliency"), features, { channels: classes, kernel: 1, bias: false });
  const [batch, , height, width] = saliency.shape as [number, number, number, number];
  const cells = height * width;
  const flat = reshape(saliency, { to: [batch, classes, cells] });
  const k = Math.max(1, Math.round(cells * topShare));
  const logits = k === cells ? mean(flat, { axes: [2] }) : topKMean(flat, { k, axis: 2 });
  return { features: pooled(features), saliency, logits };
}

/**
 * The close look: regions [N · count, channels, side, side], those of one image together -> logits [N, classes], and how much each region counts, [N, count], sum
 * 1. Gated attention of Ilse, Tomczak & Welling 2018, arXiv:1802.04712, equation 9. The order of an image's regions changes nothing but the order of `attention`.
 */
export function lookAtRegions(
  scope: Scope,
  regions: Tensor,
  { trunk, classes, regions: { count } }: GraderShape,
): { attention: Tensor; logits: Tensor } {
  const features = pooled(trunkOf(scope.at("trunk"), regions, trunk, true)); // [N · count, features]
  const [rows, width] = features.shape as [number, number];
  const each = reshape(features, { to: [rows / count, count, width] });
  const map = (name: string) => linear(scope.at(name), each, { features: ATTENTION_WIDTH[trunk.kind], bias: false });
  const score = linear(scope.at("score"), mul(tanh(map("value")), sigmoid(map("gate"))), { features: 1, bias: false });
  const attention = softmax(score, { axis: 1 }); // [N, count, 1]
  const seen = sumOver(mul(attention, each), { axes: [1] }); // [N, features]
  return {
    attention: reshape(attention, { to: [rows / count, count] }),
    logits: linear(scope.at("head"), seen, { features: classes, bias: false }),
  };
}

/** Both looks as one: the mean of their logits, so that its probabilities are the geometric mean of theirs. */
export const fused = (whole: Tensor, regions: Tensor): Tensor => mul(add(whole, regions), 0.5);

/** What the denoiser sees of an image, the same at all times: image [N, channels, size, size] -> [N, hidden]. */
export function imageEmbedding(scope: Scope, image: Tensor, shape: GraderShape): Tensor {
  return featureEmbedding(scope, pooled(trunkOf(scope.at("trunk"), image, shape.trunk)), shape);
}

/** The same from features that another network computed: [N, features] -> [N, hidden]. */
export function featureEmbedding(scope: Scope, features: Tensor, { hidden }: Pick<GraderShape, "hidden">): Tensor {
  return batchNorm(scope.at("norm"), linear(scope.at("linear"), features, { features: hidden }));
}

/** Features of an image's trunk. */
export function featureWidth(trunk: Trunk): number {
  if (trunk.kind === "onnx") return trunk.features;
  return trunk.kind === "narrow" ? 4 * trunk.width : 512;
}

/** As the published program begins: no time silences a unit or turns it round. */
const unitUniform: Init = (shape, random) => Float32Array.from({ length: sizeOf(shape) }, () => random.uniform());

/**
 * The noise in a label: `embedded` [N, hidden], `label` with noise [N, classes], `guess` [N, any], `time` [N] -> [N, classes]. A learned row for each time scales each layer
 * before its norm; the image's embedding scales the first.
 */
export function denoiser(
  scope: Scope,
  { embedded, label, guess, time }: Record<"embedded" | "label" | "guess" | "time", Tensor>,
  { classes, hidden, times }: GraderShape,
): Tensor {
  const layer = (name: string, x: Tensor): Tensor => {
    const place = scope.at(name);
    const rows = { count: times + 1, features: hidden, init: unitUniform };
    const scale = embedding(place.at("time"), time, rows);
    return softplus(batchNorm(place.at("norm"), mul(scale, linear(place.at("linear"), x, { features: hidden }))));
  };
  const first = mul(embedded, layer("0", concat([label, guess], { axis: 1 })));
  return linear(scope.at("head"), layer("2", layer("1", first)), { features: classes });
}
