/**
 * @file What painted pairs are worth as pictures: whether a segmenter of real images finds the masks that they were painted for, more than those of other
 * pairs; how far they are from real images as a set; whether they are copies. The judge learns from images that no generator sees, and chooses nothing.
 */
import {
  pictureFrame,
  pictureOf,
  picturesOfMask,
  preprocessLabelMap,
  type SourceFrame,
  undeformed,
} from "../../src-main/dataset/index.ts";
import type { ExperimentSplit, Painted, PaintedPair, Study } from "../../src-main/experiments/index.ts";
import { type ComputeDevice, findMethod, type Predictor } from "../../src-main/methods/index.ts";
import {
  alignmentOf,
  bootstrapMean,
  median,
  openRealImages,
  pooledFeatures,
  type SynthesisQuality,
  synthesisQuality,
} from "../../src-main/metrics/index.ts";

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export interface Alignment {
  /** Mean Dice of what the judge finds with the masks painted for, and with those of the next pairs: any two masks agree a little. */
  own: number;
  other: number;
  /** Of the two, pair by pair, with a 95 % interval over the pairs. */
  difference: Interval;
}

export interface PaintingQuality extends SynthesisQuality {
  agreement: Alignment;
  /** Median distance of painted to the nearest learned image, as a share of the same of real images that were not learned: below 0.8 they may be copies. */
  nearestRatio: number;
}

const JUDGE_STEPS = 250;
const JUDGE = { width: 8, depth: 3, batchSize: 8, learningRate: 0.004 };

/** A segmenter of the images `frameIds`, 32 pixels a side unless told otherwise. Released by its caller. */
export async function trainJudge(
  study: Study,
  frameIds: readonly number[],
  {
    seed,
    steps = JUDGE_STEPS,
    size = 32,
    device = "cpu",
  }: { seed: number; steps?: number; size?: number; device?: ComputeDevice },
): Promise<Predictor> {
  const learned = new Set(frameIds);
  const frames = study.frames
    .filter(({ frameId }) => learned.has(frameId))
    .map(({ frameId, caseId }): SourceFrame => ({ frameId, caseId, role: "train", hasLabelMap: true }));
  const method = findMethod("segment");
  const session = await method.start({
    cases: { ...study, frames },
    settings: method.parse({ ...JUDGE, size, steps }),
    seed,
    device,
    classes: study.classes,
    channels: study.channels,
  });
  try {
    while (session.step < session.steps) await session.runStep();
    return await method.openPredictor(await session.exportOnnx(), device);
  } finally {
    await session.release();
  }
}

/** Mean Dice of the judge on real images: what it is worth as a judge. */
export async function judgeDice(judge: Predictor, study: Study, frameIds: readonly number[]): Promise<number> {
  const values = study.classes.map(({ value }) => value);
  let sum = 0;
  for (const frameId of frameIds) {
    const { labelMap } = await judge.predict(await study.frame(frameId));
    sum += alignmentOf((await study.labelMap(frameId)).data, labelMap.data, values) ?? 1;
  }
  return sum / frameIds.length;
}

export async function agreementOf(
  judge: Predictor,
  pairs: readonly Pick<PaintedPair, "square" | "labels">[],
  classes: readonly number[],
): Promise<Alignment> {
  const own: number[] = [];
  const other: number[] = [];
  for (const [index, { square, labels }] of pairs.entries()) {
    const { data } = (await judge.predict(pictureFrame(square))).labelMap;
    own.push(alignmentOf(labels.data, data, classes) ?? 0);
    other.push(alignmentOf(pairs[(index + 1) % pairs.length]!.labels.data, data, classes) ?? 0);
  }
  const differences = own.map((value, patient) => ({ seed: 0, patient, value: value - other[patient]! }));
  const { mean, low, high } = bootstrapMean(differences);
  return { own: meanOf(own), other: meanOf(other), difference: { mean, low, high } };
}

/** The judge learns from the images that arms are judged on: it sees none that a generator learned from, and nothing learns from what it says. */
export async function lookAtPairs(
  { pairs, asPainted }: Pick<Painted, "pairs" | "asPainted">,
  {
    study,
    split,
    device,
    judgeSteps,
  }: { study: Study; split: ExperimentSplit; device: ComputeDevice; judgeSteps?: number },
): Promise<PaintingQuality> {
  const test = new Set(split.test);
  const fresh = study.frames
    .filter(({ caseId, isAnnotated }) => isAnnotated && test.has(caseId))
    .map(({ frameId }) => frameId);
  const judge = await trainJudge(study, fresh, {
    seed: split.seed,
    steps: judgeSteps ?? JUDGE_STEPS,
    size: pairs[0]!.square.size,
    device,
  });
  try {
    return await paintingQuality({ judge, pairs, asPainted, study, learned: split.train, fresh });
  } finally {
    await judge.release();
  }
}

interface Compared extends Pick<Painted, "pairs" | "asPainted"> {
  judge: Predictor;
  study: Study;
  /** Frames that the generator learned from, and others that it never saw. */
  learned: readonly number[];
  fresh: readonly number[];
}

/** All of it. Pictures of different sizes in one study are compared as they lie in the square of the generator. */
export async function paintingQuality({
  judge,
  pairs,
  asPainted,
  study,
  learned,
  fresh,
}: Compared): Promise<PaintingQuality> {
  const { size, channels } = pairs[0]!.square;
  const values = study.classes.map(({ value }) => value);
  const squareOf = async (frameId: number) => ({ ...asPainted(await study.frame(frameId)), channels, size });
  const caseOf = new Map(study.frames.map(({ frameId, caseId }) => [frameId, caseId]));
  const real = openRealImages(
    await Promise.all(
      learned.map(async (frameId) => {
        const square = await squareOf(frameId);
        const mask = preprocessLabelMap(await study.labelMap(frameId), { size, classes: values });
        return {
          id: frameId,
          group: caseOf.get(frameId)!,
          image: pictureOf(square),
          maskAlone: picturesOfMask(square, mask),
        };
      }),
    ),
  );
  const found = pairs.map(({ square, record }) => ({
    features: pooledFeatures(pictureOf(square)),
    group: record.parents[0]!.frameId,
    alignment: null,
    ...real.compare(undeformed(square, record)),
  }));
  const unseen = await Promise.all(fresh.map(async (frameId) => real.compare(pictureOf(await squareOf(frameId)))));
  const nearest = (all: readonly { featureDistance: number }[]): number =>
    median(all.map(({ featureDistance }) => featureDistance));
  return {
    ...synthesisQuality(await distributionOf(study, fresh, squareOf, real), found),
    agreement: await agreementOf(judge, pairs, values),
    nearestRatio: nearest(found) / nearest(unseen),
  };
}

/** Copies are looked for among the images that were learned from; the set as a whole is compared with images that were not. */
async function distributionOf(
  study: Study,
  fresh: readonly number[],
  squareOf: (frameId: number) => Promise<Parameters<typeof pictureOf>[0]>,
  real: ReturnType<typeof openRealImages<number>>,
): Promise<ReturnType<typeof openRealImages<number>>> {
  const caseOf = new Map(study.frames.map(({ frameId, caseId }) => [frameId, caseId]));
  const rows = await Promise.all(fresh.map(async (frameId) => pooledFeatures(pictureOf(await squareOf(frameId)))));
  return { ...real, features: { rows, groups: fresh.map((frameId) => caseOf.get(frameId)!) } };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
