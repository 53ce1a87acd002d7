/** @file The programs around the networks of a student and its teacher. */
import type { ChannelCount } from "../../dataset/index.ts";
import {
  argMax,
  cast,
  defineProgram,
  greaterOrEqual,
  input,
  reshape,
  Scope,
  slice,
  softmax,
  sub,
  topK,
  type Mode,
  type Program,
  type Tensor,
} from "../../engine/index.ts";
import { bcpUnet, vnet } from "../../networks/index.ts";
import { inferStep, type InferStep } from "../../training/index.ts";
import type { ReviewedNetwork } from "../trained-models.ts";
import { type PatchSettings, placesOf, type SharedSettings } from "./settings.ts";

export interface NetworkShape {
  /** Background included. */
  classes: number;
  channels: ChannelCount;
  settings: PatchSettings & Pick<SharedSettings, "width" | "depth" | "dropout">;
}

/** Share of channels dropped in two places, as in the program of Bai et al. on left atria. */
const VNET_DROPOUT = 0.5;

/** Image [N, C, ..] -> logits [N, K, ..]. */
export type Network = (scope: Scope, image: Tensor) => Tensor;

/** U-Net, or V-Net for volumes. `momentum`: share of a batch in the running statistics. */
export function networkOf({ classes, settings }: NetworkShape, momentum = 0.1): Network {
  const { dimensions, width, depth, dropout } = settings;
  const both = { classes, width, depth, momentum };
  return dimensions === "3"
    ? (scope, image) => vnet(scope, image, { ...both, dropout: dropout ? VNET_DROPOUT : 0 })
    : (scope, image) => bcpUnet(scope, image, { ...both, drops: dropout });
}

export const imageShape = ({ channels, settings }: NetworkShape, batch: number) =>
  [batch, channels, ...placesOf(settings)] as const;

/** Probabilities [N, K, ..] of a network as it predicts. */
export function predictionOf(which: ReviewedNetwork, shape: NetworkShape, batch: number): InferStep {
  const network = networkOf(shape);
  return inferStep({
    name: `predict ${which}`,
    networks: [which],
    inputs: { image: { shape: imageShape(shape, batch) } },
    outputs: ({ [which]: scope }, { image }) => ({ probabilities: softmax(network(scope, image), { axis: 1 }) }),
  });
}

/** How a teacher looks at images that it teaches with. */
export interface TeachingOptions {
  /** "train": by the statistics of the batch and with dropout, as in the paper's program; "predict": as a model does. */
  mode: Mode;
  /** Whether this pass moves the teacher's running statistics. */
  moves: boolean;
}

function teachingProgram(
  name: string,
  shape: NetworkShape,
  batch: number,
  { mode, moves }: TeachingOptions,
  outputs: (logits: Tensor) => Record<string, Tensor>,
): Program {
  const image = input("image", { shape: imageShape(shape, batch) });
  const teacher = Scope.root("teacher", { mode, copyOf: "student" });
  const logits = networkOf(shape)(teacher, image);
  const moved = moves ? teacher.buffers().filter(({ state, value }) => value !== state) : [];
  return defineProgram({ name, inputs: [image], outputs: outputs(logits), updates: moved });
}

/** The teacher's probabilities [N, K, ..]. */
export function teacherProbabilities(shape: NetworkShape, batch: number, options: TeachingOptions): Program {
  return teachingProgram("teach", shape, batch, options, (logits) => ({ probabilities: softmax(logits, { axis: 1 }) }));
}

/**
 * The teacher's class numbers `labelMap` [N, ..], uint8, before they are cleaned: the likeliest class, at a tie the first; with one
 * class the foreground where its probability is at least ½. `margin` [N, ..]: how much likelier it is than the second.
 */
export function teacherLabels(
  shape: NetworkShape,
  batch: number,
  options: TeachingOptions & { withMargin: boolean },
): Program {
  const map = [batch, ...placesOf(shape.settings)];
  return teachingProgram("teach", shape, batch, options, (logits): Record<string, Tensor> => {
    const labelMap = likeliestClass(logits);
    if (!options.withMargin) return { labelMap };
    const ranked = topK(softmax(logits, { axis: 1 }), { k: 2, axis: 1 });
    const [first, second] = [0, 1].map((rank) =>
      reshape(slice(ranked, { axes: [1], starts: [rank], ends: [rank + 1] }), { to: map }),
    ) as [Tensor, Tensor];
    return { labelMap, margin: sub(first, second) };
  });
}

/** Logits [N, K, ..] -> uint8 [N, ..]. */
export function likeliestClass(logits: Tensor): Tensor {
  if (logits.shape[1] !== 2) return cast(argMax(logits, { axis: 1 }), { to: "uint8" });
  const [background, foreground] = [0, 1].map((k) =>
    reshape(slice(logits, { axes: [1], starts: [k], ends: [k + 1] }), {
      to: [logits.shape[0]!, ...logits.shape.slice(2)],
    }),
  ) as [Tensor, Tensor];
  return cast(greaterOrEqual(foreground, background), { to: "uint8" });
}

/** Before the names of the buffers, as outputs of `batchStatisticsOf`. */
export const CLEAN = "clean:";

/** Statistics of one batch at every batch norm, named as the running ones that they stand for. */
export function batchStatisticsOf(which: ReviewedNetwork, shape: NetworkShape, batch: number): Program {
  const image = input("image", { shape: imageShape(shape, batch) });
  const scope = Scope.root(which, { mode: "train" });
  // All of the batch goes into the running statistics: afterwards they are its own. Nothing is dropped.
  networkOf({ ...shape, settings: { ...shape.settings, dropout: false } }, 1)(scope, image);
  const outputs = scope.buffers().map(({ state, value }) => {
    const { leaf } = state.node;
    if (leaf?.kind !== "state") throw new Error("statistics: a buffer is not a state.");
    return [`${CLEAN}${leaf.name}`, value] as const;
  });
  return defineProgram({ name: `statistics ${which}`, inputs: [image], outputs: Object.fromEntries(outputs) });
}
