/** @file What a trained Siamese-Diffusion is asked: checks T17 to T23 of its specification, section 16.3. Each gives figures; what they have to be is said in siamese-learning.ts. */
import { pictureOf, type PlacedPicture, preprocessLabelMap, squareFrame } from "../../src-main/dataset/index.ts";
import { ParameterStore, type State } from "../../src-main/engine/runtime/index.ts";
import { sizeOf } from "../../src-main/engine/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import type { Predictor, SettingValue } from "../../src-main/methods/index.ts";
import { drawNormal, timeFeeds } from "../../src-main/methods/siamese-diffusion/draws.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import { readSiamese } from "../../src-main/methods/siamese-diffusion/model-file.ts";
import { CONDITIONS, latentShape } from "../../src-main/methods/siamese-diffusion/networks.ts";
import { MODEL_WEIGHTS, scoringProgram } from "../../src-main/methods/siamese-diffusion/programs.ts";
import {
  bootstrapMean,
  estimateKernelDistance,
  frechetDistance,
  pooledFeatures,
} from "../../src-main/metrics/index.ts";
import { directionless } from "../../src-main/metrics/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { LabelMap } from "../../src-main/voxels/index.ts";
import type { LesionSets, LesionTraining } from "./lesion-training.ts";
import { agreementOf, type Alignment, type Interval } from "./painting-quality.ts";

export interface Painting {
  square: PlacedPicture;
  labels: LabelMap;
}

/** One painting for the mask of each frame; `draw` names its noise. */
export async function paintFor(
  weights: Uint8Array,
  { study }: Pick<LesionSets, "study">,
  frameIds: readonly number[],
  {
    settings = {},
    draw = (index) => index,
  }: { settings?: Record<string, SettingValue>; draw?: (index: number) => number } = {},
): Promise<Painting[]> {
  const generator = await siameseDiffusion.openGenerator!(weights, "cpu");
  try {
    const { size, channels } = generator;
    const area = size * size;
    const maps = await Promise.all(frameIds.map((frameId) => study.labelMap(frameId)));
    const labelMaps = new Uint8Array(maps.length * area);
    for (const [index, map] of maps.entries()) {
      labelMaps.set(preprocessLabelMap(map, { size, classes: study.classes.map(({ value }) => value) }), index * area);
    }
    const keys = frameIds.map((_, index) => [7, "learning checks", draw(index)]);
    const images = await generator.paint(labelMaps, keys, { settings });
    const placement = { left: 0, top: 0, width: size, height: size };
    return maps.map((labels, index) => {
      const image = images.slice(index * channels * area, (index + 1) * channels * area);
      return { square: { image, channels, size, placement }, labels };
    });
  } finally {
    await generator.release();
  }
}

export function align(judge: Predictor, paintings: readonly Painting[], { study }: LesionSets): Promise<Alignment> {
  return agreementOf(
    judge,
    paintings,
    study.classes.map(({ value }) => value),
  );
}

/** The same model with a control that adds nothing. */
export function withoutControl(weights: Uint8Array): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(weights);
  const muted = Object.entries(tensors).map(([name, tensor]) => {
    const isOutlet = name.startsWith("control.outlet.");
    return [name, isOutlet ? { ...tensor, data: new Float32Array(tensor.data.length) } : tensor] as const;
  });
  return encodeSafetensors({ tensors: Object.fromEntries(muted), metadata });
}

/** T17: mean errors of the first and the last steps of the prior, by bins of times. */
export function priorFall({ log, priorSteps }: LesionTraining): Record<string, { first: number; last: number }> {
  const own = log.filter(({ step }) => step <= priorSteps);
  const [first, last] = [own[0]!, own.at(-1)!];
  return Object.fromEntries(
    ["loss", "early", "middle", "late"].map((name) => {
      return [name, { first: first.figures[name]!, last: last.figures[name]! }];
    }),
  );
}

const TIMES = Array.from({ length: 10 }, (_, part) => 100 * part + 50);
const BATCH = 8;

/** T18: by how much the mask's branch errs more than the image's, on the same noise at the same times. */
export async function imageAdvantage(
  weights: Uint8Array,
  { study }: LesionSets,
  frameIds: readonly number[],
): Promise<{ mask: number; image: number; difference: Interval; draws: number }> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, channels, classes, predicts, scale } = readSiamese(metadata);
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(0, name) });
  await store.restore(tensors as State);
  const options = { batch: BATCH, weights: MODEL_WEIGHTS, branches: "both" } as const;
  const program = await store.compile(scoringProgram({ shape, predicts, scale }, options));
  const { size } = shape;
  const [mask, image]: [number[], number[]] = [[], []];
  for (let first = 0; first + BATCH <= frameIds.length; first += BATCH) {
    const own = frameIds.slice(first, first + BATCH);
    const images = new Float32Array(BATCH * channels * size * size);
    const labelMap = new Uint8Array(BATCH * size * size);
    for (const [place, frameId] of own.entries()) {
      const { image: square } = squareFrame(await study.frame(frameId), { size, channels });
      images.set(
        square.map((value) => value / 255),
        place * square.length,
      );
      const data = preprocessLabelMap(await study.labelMap(frameId), {
        size,
        classes: classes.map(({ value }) => value),
      });
      labelMap.set(data, place * size * size);
    }
    for (const time of TIMES) {
      const outputs = await program.run({
        image: images,
        labelMap,
        imageWeight: 1,
        ...timeFeeds(own.map(() => time)),
        condition: new Int32Array(BATCH).fill(CONDITIONS.set),
        noise: drawNormal(new Random("image advantage", first, time), BATCH * sizeOf(latentShape(shape))),
      });
      mask.push(...(outputs["maskBranch"]!.data as Float32Array));
      image.push(...(outputs["imageBranch"]!.data as Float32Array));
    }
  }
  await store.release();
  const differences = mask.map((value, patient) => ({ seed: 0, patient, value: value - image[patient]! }));
  // One-sided 1 %: the lower bound of the two-sided interval of 98 %.
  const { mean, low, high } = bootstrapMean(differences, { confidence: 0.98 });
  return { mask: meanOf(mask), image: meanOf(image), difference: { mean, low, high }, draws: mask.length };
}

/** T22: how far each set of pictures is from real ones. Fixed features: nothing was learned for them. */
export async function distances(
  { study }: LesionSets,
  fresh: readonly number[],
  sets: Readonly<Record<string, readonly Float32Array[]>>,
): Promise<Record<string, { kernel: Interval; frechet: number }>> {
  const real = (await Promise.all(fresh.map((frameId) => realPlanes(study, frameId)))).map(featuresOf);
  return Object.fromEntries(
    Object.entries(sets).map(([name, images]) => {
      const rows = images.map(featuresOf);
      const { value, low, high } = estimateKernelDistance({ rows }, { rows: real });
      const count = Math.min(rows.length, real.length);
      const few = (all: Float64Array[]) => all.slice(0, count).map(directionless);
      return [name, { kernel: { mean: value, low, high }, frechet: frechetDistance(few(rows), few(real)) }];
    }),
  );
}

/** T23: mean distance between pictures of one mask, as a share of that between real ones. */
export function spreadRatio(ofOneMask: readonly Float32Array[], real: readonly Float32Array[]): number {
  return meanDistance(ofOneMask.map(featuresOf)) / meanDistance(real.map(featuresOf));
}

export async function realPlanes(study: LesionSets["study"], frameId: number): Promise<Float32Array> {
  const frame = await study.frame(frameId);
  const { image } = squareFrame(frame, { size: frame.width, channels: 3 });
  return image.map((value) => value / 255);
}

export const planesOf = (paintings: readonly Painting[]): Float32Array[] =>
  paintings.map(({ square }) => pictureOf(square).data as Float32Array);

export function noisePictures(count: number, length: number): Float32Array[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random("noise picture", index);
    return Float32Array.from({ length }, () => Math.min(1, Math.max(0, 0.5 + 0.25 * random.normal())));
  });
}

function featuresOf(data: Float32Array): Float64Array {
  const side = Math.sqrt(data.length / 3);
  return pooledFeatures({ width: side, height: side, channels: 3, data });
}

function meanDistance(rows: readonly Float64Array[]): number {
  const all = rows.flatMap((row, index) =>
    rows.slice(index + 1).map((other) => Math.hypot(...row.map((value, at) => value - other[at]!))),
  );
  return meanOf(all);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
