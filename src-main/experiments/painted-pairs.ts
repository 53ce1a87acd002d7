/**
 * @file Pairs that a generator paints within an arm: it learns from the very images whose labels the arm may see, paints for masks made from theirs, and what
 * it painted joins them. Real images are listed as often as painted ones, so that half of what is learned from is real.
 */
import {
  augmentMask,
  GENSEG_RANGES,
  maskParent,
  type MaskRecord,
  pictureFrame,
  pictureLabels,
  placeInSquare,
  type PlacedPicture,
  preprocessLabelMap,
  refusedMasks,
} from "../dataset/index.ts";
import { type ComputeDevice, findMethod, type ImageGenerator, type StartRequest } from "../methods/index.ts";
import { Random } from "../random/index.ts";
import type { LabelMap } from "../voxels/index.ts";
import type { PlannedArm } from "./experiment.ts";
import type { Study } from "./perform.ts";
import type { ExperimentSplit, StudyFrame } from "./plan.ts";
import { trainWithin, type TrainedWithinOptions } from "./trained-within.ts";

export interface PaintedPair {
  square: PlacedPicture;
  /** k + 1 for the k-th class, `[size, size]`. */
  classNumbers: Uint8Array;
  labels: LabelMap;
  record: MaskRecord;
}

/** What a generator made for an arm. `weights`: its own, to paint more with; `asPainted`: a real frame on the scale of its pictures. */
export interface Painted extends Pick<ImageGenerator, "asPainted"> {
  pairs: readonly PaintedPair[];
  weights: Uint8Array;
}

type Painter = NonNullable<PlannedArm["painter"]>;

interface Options extends TrainedWithinOptions {
  painter: Painter;
  device: ComputeDevice;
  resources?: StartRequest["resources"];
  /** Cases as the painter may see them. */
  cases: StartRequest["cases"];
  /** Class of a frame of the study: as many pairs are painted of each. Default: all are of one. */
  gradeOf?: (frameId: number) => number;
}

const BENDING = { chance: 0.5, amplitude: 0.04, cells: 4 };

/** Trains the generator and lets it paint; null when stopped. The same seed paints the same. */
export async function paintPairs(
  study: Study,
  split: ExperimentSplit,
  { painter, device, resources, cases, gradeOf = () => 0, ...options }: Options,
): Promise<Painted | null> {
  const { classes, channels } = study;
  const request = { cases, settings: painter.settings, seed: split.seed, device, classes, channels, resources };
  const weights = await trainWithin(painter.method, request, options);
  if (weights === null) return null;
  const generator = await findMethod(painter.method).openGenerator!(weights, device);
  try {
    const { asPainted } = generator;
    return { pairs: await paintedBy(generator, study, split, { ...painter, gradeOf }), weights, asPainted };
  } finally {
    await generator.release();
  }
}

async function paintedBy(
  generator: ImageGenerator,
  study: Study,
  { seed, train }: ExperimentSplit,
  { pairs, paint, gradeOf }: Painter & { gradeOf(frameId: number): number },
): Promise<PaintedPair[]> {
  const { size, channels } = generator;
  const classes = generator.classes.map(({ value }) => value);
  const sources = await Promise.all(
    train.map(async (frameId) => {
      const map = await study.labelMap(frameId);
      const data = preprocessLabelMap(map, { size, classes });
      return { parent: maskParent(frameId, { width: size, height: size, data }), placement: placeInSquare(map, size) };
    }),
  );
  const shown = sources.filter(({ parent }) => parent.facts.classes.length > 0);
  const groups = [...Map.groupBy(shown, ({ parent }) => gradeOf(parent.frameId))].toSorted(([a], [b]) => a - b);
  const orders = groups.map(([, own]) => new Random(seed, "experiment masks").shuffle(own));
  const masks = Array.from({ length: pairs * train.length }, (_, index) => {
    const order = orders[index % orders.length]!;
    const { parent, placement } = order[Math.floor(index / orders.length) % order.length]!;
    const draw = augmentMask(parent, { ranges: { ...GENSEG_RANGES, elastic: BENDING }, seed, index });
    if (draw.outcome === "refused") throw refusedMasks([draw]);
    return { placement, classNumbers: draw.labelMap.data, record: draw.record };
  });
  const labelMaps = new Uint8Array(masks.length * size * size);
  masks.forEach(({ classNumbers }, index) => labelMaps.set(classNumbers, index * size * size));
  const images = await generator.paint(
    labelMaps,
    masks.map((_, index) => [seed, "experiment paint", index]),
    { settings: paint },
  );
  const length = channels * size * size;
  return masks.map(({ placement, classNumbers, record }, index): PaintedPair => {
    const square = { image: images.slice(index * length, (index + 1) * length), channels, size, placement };
    return { square, classNumbers, labels: pictureLabels(classNumbers, square, classes), record };
  });
}

/** The study with the pairs among its labelled images, each of the real ones as often as it takes for half of them to be real. */
export function withPairs(
  study: Study,
  split: ExperimentSplit,
  pairs: readonly PaintedPair[],
): { study: Study; split: ExperimentSplit } {
  const firstId = 1 + Math.max(...study.frames.map(({ frameId }) => frameId));
  const firstCase = 1 + Math.max(...study.frames.map(({ caseId }) => caseId));
  const train = new Set(split.train);
  const real = study.frames.filter(({ frameId }) => train.has(frameId));
  const repeats = Math.max(0, Math.round(pairs.length / real.length) - 1);
  /** Frames that were not there before: a pair, or a real frame once more. */
  const added: { frame: StudyFrame; of: PaintedPair | number }[] = [];
  const add = (caseId: number, of: PaintedPair | number): void => {
    added.push({ frame: { frameId: firstId + added.length, caseId, isAnnotated: true }, of });
  };
  pairs.forEach((pair, index) => add(firstCase + index, pair));
  for (let repeat = 0; repeat < repeats; repeat++) for (const { caseId, frameId } of real) add(caseId, frameId);
  const sourceOf = (frameId: number): PaintedPair | number =>
    frameId < firstId ? frameId : added[frameId - firstId]!.of;
  const joined: Study = {
    ...study,
    frames: [...study.frames, ...added.map(({ frame }) => frame)],
    async frame(frameId) {
      const source = sourceOf(frameId);
      return typeof source === "number" ? study.frame(source) : pictureFrame(source.square);
    },
    async labelMap(frameId) {
      const source = sourceOf(frameId);
      return typeof source === "number" ? study.labelMap(source) : source.labels;
    },
  };
  return { study: joined, split: { ...split, train: [...split.train, ...added.map(({ frame }) => frame.frameId)] } };
}
