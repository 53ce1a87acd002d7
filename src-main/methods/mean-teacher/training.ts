/** @file A training with mean teacher: one stage, and what each step of it is fed. */
import { labelledStream, unlabelledStream } from "../../dataset/index.ts";
import { add, concat, mul, reshape, sizeOf, slice, softmax, type Tensor } from "../../engine/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise, ema, meanSquaredError, mixLoss, trainStep, type TrainStep } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import type { TrainingImages } from "../student-teacher/images.ts";
import { imageShape, networkOf, type NetworkShape, teacherProbabilities } from "../student-teacher/networks.ts";
import { openTraining } from "../student-teacher/open-training.ts";
import { startStages } from "../student-teacher/session.ts";
import { placesOf } from "../student-teacher/settings.ts";
import { optimizerOf, rateOf, type Stage, TRAIN } from "../student-teacher/stages.ts";
import type { MeanTeacherSettings } from "./settings.ts";

type MeanTeacherRequest = Omit<StartRequest, "settings"> & { settings: MeanTeacherSettings };
type Shape = NetworkShape & { settings: MeanTeacherSettings };

export async function startMeanTeacher(request: MeanTeacherRequest): Promise<TrainingSession> {
  const { settings, seed } = request;
  const { shape, images, description, from } = openTraining("mean-teacher", request);
  return startStages({
    request,
    settings,
    description,
    shape,
    images,
    stages: [onlyStage(shape, images, seed)],
    keepsMoments: true,
    from,
  });
}

/** ½ (Dice + cross-entropy) on labelled images, and the weighted squared difference of probabilities on unlabelled ones. */
export function meanTeacherProgram(shape: Shape): TrainStep {
  const { settings, classes } = shape;
  const { halfBatch, emaDecay, teacherStatistics } = settings;
  const places = placesOf(settings);
  const batch = 2 * halfBatch;
  const network = networkOf(shape);
  const image = { shape: imageShape(shape, batch) };
  return trainStep({
    name: TRAIN,
    networks: ["student"],
    trained: "student",
    inputs: {
      labelled: image,
      target: { shape: [batch, ...places], dtype: "uint8" },
      unlabelled: image,
      taught: { shape: [batch, classes, ...places] },
      keep: { shape: [1, ...places] },
      agreementWeight: { shape: [] },
    },
    loss({ student }, { labelled, target, unlabelled, taught, keep, agreementWeight }) {
      // One pass over both, as the programs of this baseline do: batch norm sees labelled and unlabelled images together.
      const logits = network(student, concat([labelled, unlabelled], { axis: 0 }));
      const part = (first: number): Tensor => slice(logits, { axes: [0], starts: [first], ends: [first + batch] });
      const supervised = mixLoss(part(0), target, keep, { outside: 1, inside: 1 });
      const agreement = meanSquaredError(softmax(part(batch), { axis: 1 }), taught);
      const total = add(supervised, mul(agreement, agreementWeight));
      return { total, supervised: reshape(supervised, { to: [] }), agreement: reshape(agreement, { to: [] }) };
    },
    optimizer: optimizerOf(settings),
    after: [ema({ from: "student", to: "teacher", decay: emaDecay, buffers: teacherStatistics })],
  });
}

function onlyStage(shape: Shape, images: TrainingImages, seed: number): Stage {
  const name = "train";
  const { settings } = shape;
  const { steps, halfBatch, noise, rampShare, consistencyWeight, teacherMode, teacherStatistics } = settings;
  const train = meanTeacherProgram(shape);
  const teach = teacherProbabilities(shape, 2 * halfBatch, {
    mode: teacherMode === "train" ? "train" : "predict",
    moves: teacherStatistics === "own",
  });
  const labelled = labelledStream(images.labelled, halfBatch, { seed, stage: name, stream: "labelled" });
  const unlabelled = unlabelledStream(images.unlabelled, halfBatch, { seed, stage: name, stream: "unlabelled" });
  const keep = new Float32Array(sizeOf(placesOf(settings))).fill(1);
  const rise = rampShare * steps;
  return {
    name,
    steps,
    train,
    beside: { teach },
    rate: rateOf(settings, { steps, isLast: true }),
    async material(step, { teach: teacher }) {
      const key = [seed, name, step];
      const own = labelled(step);
      const { image, labelMap } = await images.labelledHalf([...own.a, ...own.b], [...key, "labelled"]);
      const others = unlabelled(step);
      const plain = await images.unlabelledHalf([...others.a, ...others.b], [...key, "unlabelled"]);
      const noisy = (who: string) => withNoise(plain.image, noise, new Random(...key, who, "noise"));
      const { probabilities } = await teacher!.run({
        ...drawNoise(teach, new Random(...key, "teacher dropout")),
        image: noisy("teacher"),
      });
      return {
        feeds: {
          ...drawNoise(train, new Random(...key, "dropout")),
          labelled: image,
          target: labelMap,
          unlabelled: noisy("student"),
          taught: probabilities!.data,
          keep,
          agreementWeight: consistencyWeight * rampUp(step, rise),
        },
      };
    },
  };
}

/** exp(-5 (1 - t)²) with t rising from 0 to 1 over `length` steps. Laine & Aila 2016, arXiv:1610.02242. */
export function rampUp(step: number, length: number): number {
  const t = length <= 0 ? 1 : Math.min(1, step / length);
  return Math.exp(-5 * (1 - t) ** 2);
}

function withNoise(image: Float32Array<ArrayBuffer>, deviation: number, random: Random): Float32Array<ArrayBuffer> {
  if (deviation === 0) return image.slice();
  return image.map((value) => value + deviation * Math.min(2, Math.max(-2, random.normal())));
}
