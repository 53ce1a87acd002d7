/**
 * @file The three levels of GenSeg on networks of a layer or two, in float64: the specification's C0. The slope of the validation loss by the
 * architecture, by moving each of its numbers and doing both steps anew, and by differences of first gradients.
 */
import {
  convolve,
  crossEntropy,
  hyperbolicTangent,
  type Images,
  lengthOf,
  like,
  overlap,
  sigmoid,
  smoothDistance,
  softplus,
  sumOf,
  type Traced,
  type Weights,
} from "./small-layers.ts";

/** Side of each kernel that the cell mixes. */
export const KERNELS = [3, 5, 7];
/** Of the distance in the generator's loss. */
const DISTANCE_WEIGHT = 100;

/** Names of weights: `in.weight`, `in.bias`; of the cell `kernel3.weight` and so on; of the discriminator `weight`, `bias`. */
export interface Levels {
  generator: Weights;
  discriminator: Weights;
  segmenter: Weights;
  /** One logit a kernel. */
  architecture: Float64Array;
}

export interface Pairs {
  image: Images;
  mask: Images;
}

export interface Task {
  training: Pairs;
  /** Masks to paint for. */
  deformed: Images;
  validation: Pairs;
  gamma: number;
  segmenterRate: number;
  /** 0: the generator takes no step, and the architecture acts on the image alone. */
  generatorRate: number;
}

type GeneratorSlopes = { generator: Weights; architecture: Float64Array };

function softmax(logits: Float64Array): Float64Array {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** σ(Σᵢ softmax(A)ᵢ · convolution i (tanh(convolution(mask)))). */
export function paint(g: Weights, architecture: Float64Array, mask: Images): Traced<Images, GeneratorSlopes> {
  const first = convolve(mask, g["in.weight"]!, g["in.bias"]!);
  const hidden = hyperbolicTangent(first.outcome);
  const shares = softmax(architecture);
  const candidates = KERNELS.map((kernel) =>
    convolve(hidden.outcome, g[`kernel${kernel}.weight`]!, g[`kernel${kernel}.bias`]!),
  );
  const image = candidates[0]!.outcome.data.map((_, at) =>
    sigmoid(candidates.reduce((sum, { outcome }, place) => sum + shares[place]! * outcome.data[at]!, 0)),
  );
  return {
    outcome: like(candidates[0]!.outcome, image),
    back(slope) {
      const mixed = slope.map((value, at) => value * image[at]! * (1 - image[at]!));
      const generator: Weights = {};
      const byHidden = new Float64Array(hidden.outcome.data.length);
      const byShare = new Float64Array(KERNELS.length);
      for (const [place, { outcome, back }] of candidates.entries()) {
        const slopes = back(mixed.map((value) => value * shares[place]!));
        generator[`kernel${KERNELS[place]!}.weight`] = slopes.weight;
        generator[`kernel${KERNELS[place]!}.bias`] = slopes.bias;
        for (const [at, value] of slopes.x.entries()) byHidden[at]! += value;
        byShare[place] = dot(mixed, outcome.data);
      }
      const { weight, bias } = first.back(hidden.back(byHidden));
      const mean = dot(shares, byShare);
      const architecture = shares.map((share, place) => share * (byShare[place]! - mean));
      return { generator: { ...generator, "in.weight": weight, "in.bias": bias }, architecture };
    },
  };
}

/** convolution(tanh(convolution(image))): one logit a pixel. */
export function segment(s: Weights, image: Images): Traced<Images, { segmenter: Weights; image: Float64Array }> {
  const first = convolve(image, s["in.weight"]!, s["in.bias"]!);
  const hidden = hyperbolicTangent(first.outcome);
  const last = convolve(hidden.outcome, s["out.weight"]!, s["out.bias"]!);
  return {
    outcome: last.outcome,
    back(slope) {
      const out = last.back(slope);
      const into = first.back(hidden.back(out.x));
      return {
        segmenter: {
          "in.weight": into.weight,
          "in.bias": into.bias,
          "out.weight": out.weight,
          "out.bias": out.bias,
        },
        image: into.x,
      };
    },
  };
}

/** Cross-entropy and overlap of what the segmenter says of images; slopes by its weights and by the images. */
export function segmentationLoss(s: Weights, { image, mask }: Pairs) {
  const { outcome, back } = segment(s, image);
  const [entropy, shared] = [crossEntropy(outcome.data, mask.data), overlap(outcome, mask.data)];
  return {
    value: entropy.value + shared.value,
    ...back(entropy.slope.map((value, at) => value + shared.slope[at]!)),
  };
}

/** Level II: the loss on real pairs and painted ones, with its slopes by all three. */
export function levelTwo({ generator, segmenter, architecture }: Levels, task: Task) {
  const painted = paint(generator, architecture, task.deformed);
  const onPainted = segmentationLoss(segmenter, { image: painted.outcome, mask: task.deformed });
  const slopes = painted.back(onPainted.image.map((value) => task.gamma * value));
  const onReal = segmentationLoss(segmenter, task.training);
  return {
    value: onReal.value + task.gamma * onPainted.value,
    segmenter: sumOf(onReal.segmenter, task.gamma, onPainted.segmenter),
    ...slopes,
  };
}

/** Level I: the generator's loss, with its slopes by weights and architecture. */
export function levelOne({ generator, discriminator, architecture }: Levels, { training }: Task) {
  const { image, mask } = training;
  const painted = paint(generator, architecture, mask);
  const area = mask.side ** 2;
  const both = new Float64Array(2 * mask.data.length); // mask and image of each pair
  for (let pair = 0; pair < mask.count; pair++) {
    both.set(mask.data.subarray(pair * area, (pair + 1) * area), 2 * pair * area);
    both.set(painted.outcome.data.subarray(pair * area, (pair + 1) * area), (2 * pair + 1) * area);
  }
  const judged = convolve({ ...mask, channels: 2, data: both }, discriminator["weight"]!, discriminator["bias"]!);
  const scores = judged.outcome.data;
  const adversarial = scores.reduce((sum, score) => sum + softplus(-score) / scores.length, 0);
  const byBoth = judged.back(scores.map((score) => -sigmoid(-score) / scores.length)).x;
  const distance = smoothDistance(painted.outcome.data, image.data);
  const byImage = distance.slope.map((value, at) => {
    const [pair, place] = [Math.floor(at / area), at % area];
    return DISTANCE_WEIGHT * value + byBoth[(2 * pair + 1) * area + place]!;
  });
  return { value: adversarial + DISTANCE_WEIGHT * distance.value, ...painted.back(byImage) };
}

/** The levels after the generator's virtual step. */
function painted(levels: Levels, task: Task): Levels {
  if (task.generatorRate === 0) return levels;
  const { generator } = levelOne(levels, task);
  return { ...levels, generator: sumOf(levels.generator, -task.generatorRate, generator) };
}

/** The validation loss after both virtual steps. */
export function lossAfterSteps(levels: Levels, task: Task): number {
  const { segmenter } = levelTwo(painted(levels, task), task);
  return segmentationLoss(sumOf(levels.segmenter, -task.segmenterRate, segmenter), task.validation).value;
}

/** Slope of `lossAfterSteps` by each number of the architecture: both steps done anew on either side of it. */
export function slopeByMoving(levels: Levels, task: Task, h = 1e-5): number[] {
  const lossAt = (place: number, by: number): number => {
    const architecture = levels.architecture.map((logit, at) => logit + (at === place ? by : 0));
    return lossAfterSteps({ ...levels, architecture }, task);
  };
  return [...levels.architecture.keys()].map((place) => (lossAt(place, h) - lossAt(place, -h)) / (2 * h));
}

export interface DifferenceOptions {
  /** c: of each step that differences take, along all of the weights. */
  length: number;
  /** Masks of the second of the two passes, where others than those of the first. */
  redrawn?: Images;
}

/** The same by differences of first gradients, both routes: specification, section 10.3, whose letters these are. */
export function slopeByDifferences(levels: Levels, task: Task, { length, redrawn }: DifferenceOptions): number[] {
  const moved = painted(levels, task);
  const { segmenter: s } = levels;
  const stepped = sumOf(s, -task.segmenterRate, levelTwo(moved, task).segmenter);
  const v = segmentationLoss(stepped, task.validation).segmenter;
  const e = length / lengthOf(v);
  const ahead = levelTwo({ ...moved, segmenter: sumOf(s, e, v) }, task);
  const deformed = redrawn ?? task.deformed;
  const behind = levelTwo({ ...moved, segmenter: sumOf(s, -e, v) }, { ...task, deformed });
  const d1 = ahead.architecture.map((value, at) => (value - behind.architecture[at]!) / (2 * e));
  const u = scaled(sumOf(ahead.generator, -1, behind.generator), 1 / (2 * e));
  const direct = d1.map((value) => -task.segmenterRate * value);
  if (task.generatorRate === 0) return [...direct];
  const e2 = length / lengthOf(u);
  const levelOneAt = (by: number) => levelOne({ ...levels, generator: sumOf(levels.generator, by, u) }, task);
  const [above, below] = [levelOneAt(e2), levelOneAt(-e2)];
  const d2 = above.architecture.map((value, at) => (value - below.architecture[at]!) / (2 * e2));
  const factor = task.generatorRate * task.segmenterRate;
  return [...direct.map((value, at) => value + factor * d2[at]!)];
}

const scaled = (weights: Weights, factor: number): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.map((value) => factor * value)]));
