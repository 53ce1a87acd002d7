/** @file A BCP training: the two stages, and what each step of them is fed. */
import { labelledStream, strongIntensities, unlabelledStream } from "../../dataset/index.ts";
import { sizeOf } from "../../engine/index.ts";
import type { CompiledProgram, Feeds } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import type { ImageHalf, LabelledHalf, TrainingImages } from "../student-teacher/images.ts";
import { teacherLabels } from "../student-teacher/networks.ts";
import { openTraining } from "../student-teacher/open-training.ts";
import { cleanPseudoLabels } from "../student-teacher/pseudo-labels.ts";
import { startStages } from "../student-teacher/session.ts";
import { placesOf } from "../student-teacher/settings.ts";
import { rateOf, type Stage } from "../student-teacher/stages.ts";
import { collage } from "./collage.ts";
import { drawMask } from "./mask.ts";
import { type BcpShape, type Direction, directionsOf, pretrainProgram, selfTrainProgram } from "./programs.ts";
import { type BcpSettings, pretrainSteps, ratioOf } from "./settings.ts";

type BcpRequest = Omit<StartRequest, "settings"> & { settings: BcpSettings };

export async function startBcp(request: BcpRequest): Promise<TrainingSession> {
  const { settings, seed } = request;
  const { shape, images, description, from } = openTraining("bcp", request);
  const first = from === null ? pretrainSteps(settings) : 0;
  const stages = [
    ...(first > 0 ? [pretrainStage({ shape, images, seed }, first)] : []),
    selfTrainStage({ shape, images, seed }, settings.steps - first),
  ];
  return startStages({
    request,
    settings,
    description,
    shape,
    images,
    stages,
    keepsMoments: settings.keepMoments,
    from,
  });
}

export interface Material {
  shape: BcpShape;
  images: TrainingImages;
  seed: number;
}

/** Collages of labelled images alone; with one image or "plain", the image as it is. */
export function pretrainStage({ shape, images, seed }: Material, steps: number): Stage {
  const name = "pretrain";
  const { settings } = shape;
  const train = pretrainProgram(shape);
  const stream = labelledStream(images.labelled, settings.halfBatch, { seed, stage: name, stream: "labelled" });
  const isPlain = settings.pretraining === "plain" || images.labelled === 1;
  return {
    name,
    steps,
    train,
    beside: {},
    rate: rateOf(settings, { steps, isLast: false }),
    async material(step) {
      const key = [seed, name, step];
      const halves = stream(step);
      const a = await images.labelledHalf(halves.a, [...key, "labelled a"]);
      const noise = drawNoise(train, new Random(...key, "dropout"));
      if (isPlain) return { feeds: { ...noise, image: a.image, target: a.labelMap, keep: whole(settings) } };
      const b = await images.labelledHalf(halves.b, [...key, "labelled b"]);
      const keep = maskOf(settings, key);
      const mixed = mixHalves(settings, a, b, keep);
      // The program of the paper judges collages of labelled volumes as wholes, those of slices region by region.
      const regions = settings.dimensions === "3" ? whole(settings) : keep;
      return { feeds: { ...noise, image: mixed.image, target: mixed.labelMap, keep: regions } };
    },
  };
}

/** Collages of labelled and unlabelled images in both directions, pseudo-labels by the teacher. */
export function selfTrainStage({ shape, images, seed }: Material, steps: number): Stage {
  const name = "selftrain";
  const { settings } = shape;
  const { halfBatch, teacherMode, teacherStatistics, confidenceMargin, useUnlabelled } = settings;
  const train = selfTrainProgram(shape);
  const teach = teacherLabels(shape, halfBatch, {
    mode: teacherMode === "train" ? "train" : "predict",
    moves: teacherStatistics === "own",
    withMargin: confidenceMargin > 0,
  });
  const streamOf = (stream: string) => ({ seed, stage: name, stream });
  const labelled = labelledStream(images.labelled, halfBatch, streamOf("labelled"));
  const unlabelled = useUnlabelled ? unlabelledStream(images.unlabelled, halfBatch, streamOf("unlabelled")) : null;

  /** What the teacher says of unlabelled images, cleaned. */
  const pseudoLabelled = async (half: ImageHalf, teacher: CompiledProgram, key: Key): Promise<PseudoHalf> => {
    const noise = drawNoise(teach, new Random(...key, "teacher dropout"));
    const { labelMap, margin } = await teacher.run({ ...noise, image: half.image });
    const labels = labelMap!.data as Uint8Array<ArrayBuffer>;
    const figures = cleanPseudoLabels(labels, placesOf(settings), settings);
    const trust = margin && Float32Array.from(margin.data as Float32Array, (one) => (one > confidenceMargin ? 1 : 0));
    return { image: half.image, labelMap: labels, trust: trust ?? null, ...figures };
  };

  return {
    name,
    steps,
    train,
    beside: unlabelled === null ? {} : { teach },
    rate: rateOf(settings, { steps, isLast: true }),
    async material(step, { teach: teacher }) {
      const key = [seed, name, step];
      const chosen = labelled(step);
      const a = await images.labelledHalf(chosen.a, [...key, "labelled a"]);
      const b = await images.labelledHalf(chosen.b, [...key, "labelled b"]);
      const noise = drawNoise(train, new Random(...key, "dropout"));
      const keep = settings.mixing === "none" ? whole(settings) : maskOf(settings, key);
      if (unlabelled === null) {
        const sides: Sides = { out: [a, b], into: [b, a] };
        return { feeds: { ...noise, keep, ...collages(settings, sides, keep, key) } };
      }
      const halves = unlabelled(step);
      const look = async (indices: readonly number[], which: string): Promise<PseudoHalf> => {
        const half = await images.unlabelledHalf(indices, [...key, `unlabelled ${which}`]);
        return pseudoLabelled(half, teacher!, [...key, which]);
      };
      const [otherA, otherB] = [await look(halves.a, "a"), await look(halves.b, "b")];
      const removed = otherA.removed + otherB.removed;
      const foreground = otherA.foreground + otherB.foreground;
      const sides: Sides = { out: [otherA, a], into: [b, otherB] };
      return {
        feeds: { ...noise, keep, ...collages(settings, sides, keep, key) },
        figures: {
          pseudoForeground: foreground / (2 * halfBatch * sizeOf(placesOf(settings))),
          removedByFilter: foreground === 0 ? 0 : removed / foreground,
        },
      };
    },
  };
}

type Key = readonly (number | string)[];

interface PseudoHalf extends LabelledHalf {
  /** 1 where the teacher is sure enough, else 0; null: not asked for. */
  trust: Float32Array<ArrayBuffer> | null;
  removed: number;
  foreground: number;
}

type Half = LabelledHalf & { trust?: Float32Array<ArrayBuffer> | null };

/** Receiver and donor of each kind of collage. */
type Sides = Record<Direction, readonly [receiver: Half, donor: Half]>;

/** Feeds of each direction. Without mixing (`keep` is 1 everywhere) a collage is its receiver alone. */
function collages(settings: BcpSettings, sides: Sides, keep: Float32Array<ArrayBuffer>, key: Key): Feeds {
  const feeds: Record<string, Float32Array | Uint8Array> = {};
  for (const direction of directionsOf(settings)) {
    const { image, labelMap, trust } = mixHalves(settings, ...sides[direction], keep);
    if (settings.strongIntensities) varyStrongly(image, settings, [...key, direction]);
    feeds[direction] = image;
    feeds[`${direction}Target`] = labelMap;
    if (settings.confidenceMargin > 0) feeds[`${direction}Trust`] = trust;
  }
  return feeds;
}

/** Picture, target and trust of a collage. Labels of a person are trusted everywhere. */
function mixHalves(settings: BcpSettings, receiver: Half, donor: Half, keep: Float32Array<ArrayBuffer>) {
  const places = { items: settings.halfBatch, area: sizeOf(placesOf(settings)) };
  const trustOf = ({ trust, labelMap }: Half) => trust ?? new Float32Array(labelMap.length).fill(1);
  return {
    image: collage(receiver.image, donor.image, keep, places),
    labelMap: collage(receiver.labelMap, donor.labelMap, keep, places),
    trust: collage(trustOf(receiver), trustOf(donor), keep, places),
  };
}

function varyStrongly(image: Float32Array<ArrayBuffer>, { halfBatch, size }: BcpSettings, key: Key): void {
  const each = image.length / halfBatch;
  for (let place = 0; place < halfBatch; place++) {
    const own = image.subarray(place * each, (place + 1) * each);
    strongIntensities(own, size, new Random(...key, place, "strong"));
  }
}

/** One mask for all images of a step, or one for each. */
function maskOf(settings: BcpSettings, key: Key): Float32Array<ArrayBuffer> {
  const { maskShape, maskRatio } = settings;
  const masks = whole(settings);
  const places = placesOf(settings);
  const area = sizeOf(places);
  for (let place = 0; place < masks.length / area; place++) {
    const random = new Random(...key, place, "mask");
    masks.set(drawMask(places, { geometry: maskShape, ratio: ratioOf(maskRatio), random }), place * area);
  }
  return masks;
}

function whole(settings: BcpSettings): Float32Array<ArrayBuffer> {
  const { halfBatch, maskPerImage } = settings;
  return new Float32Array((maskPerImage ? halfBatch : 1) * sizeOf(placesOf(settings))).fill(1);
}
