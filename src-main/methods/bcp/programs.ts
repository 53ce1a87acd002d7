/** @file The two updates of BCP as programs. */
import { add, concat, reshape, type Scope, slice, type Tensor } from "../../engine/index.ts";
import { ema, type MixOptions, mixLoss, trainStep, type TrainStep } from "../../training/index.ts";
import { imageShape, networkOf, type NetworkShape } from "../student-teacher/networks.ts";
import { placesOf } from "../student-teacher/settings.ts";
import { optimizerOf, TRAIN } from "../student-teacher/stages.ts";
import type { BcpSettings } from "./settings.ts";

/** `settings.halfBatch` items in each collage. */
export type BcpShape = NetworkShape & { settings: BcpSettings };

function inputsOf(shape: BcpShape) {
  const { halfBatch, maskPerImage } = shape.settings;
  const places = placesOf(shape.settings);
  const map = [halfBatch, ...places];
  return {
    image: { shape: imageShape(shape, halfBatch) },
    target: { shape: map, dtype: "uint8" },
    keep: { shape: [maskPerImage ? halfBatch : 1, ...places] },
    trust: { shape: map },
  } as const;
}

/** Pre-training: both parts of each collage are labelled. Feeds: image, target, keep. */
export function pretrainProgram(shape: BcpShape): TrainStep {
  const { image, target, keep } = inputsOf(shape);
  const network = networkOf(shape);
  const { dice } = shape.settings;
  const step = trainStep({
    name: TRAIN,
    networks: ["student"],
    trained: "student",
    inputs: { image, target, keep },
    loss: ({ student }, fed) => ({
      total: mixLoss(network(student, fed.image), fed.target, fed.keep, { outside: 1, inside: 1, dice }),
    }),
    optimizer: optimizerOf(shape.settings),
  });
  return { ...step, name: "pretrain" };
}

/** Weights of the two regions of a collage: pseudo-labels count `alpha`. Without unlabelled images all of it is labelled. */
export function weightsOf({
  alpha,
  useUnlabelled,
}: BcpSettings): Record<Direction, Pick<MixOptions, "outside" | "inside">> {
  const pseudo = useUnlabelled ? alpha : 1;
  return { out: { outside: pseudo, inside: 1 }, into: { outside: 1, inside: pseudo } };
}

/** "out": a labelled block in an unlabelled image; "into": an unlabelled block in a labelled one. */
export type Direction = "out" | "into";

export function directionsOf({ mixing }: Pick<BcpSettings, "mixing">): readonly Direction[] {
  if (mixing === "in") return ["into"];
  return mixing === "out" ? ["out"] : ["out", "into"];
}

/**
 * Self-training. Feeds: keep, and for each direction its image and target (`out`, `outTarget`, `into`, `intoTarget`), with `outTrust`,
 * `intoTrust` where a margin is asked for.
 */
export function selfTrainProgram(shape: BcpShape): TrainStep {
  const { settings } = shape;
  const { dice, emaDecay, teacherStatistics, confidenceMargin, jointForward, halfBatch } = settings;
  const { image, target, keep, trust } = inputsOf(shape);
  const network = networkOf(shape);
  const directions = directionsOf(settings);
  const isTrusted = confidenceMargin > 0;
  const inputs = Object.fromEntries([
    ["keep", keep],
    ...directions.flatMap((direction) => [
      [direction, image],
      [`${direction}Target`, target],
      ...(isTrusted ? [[`${direction}Trust`, trust]] : []),
    ]),
  ]) as Record<string, typeof image | typeof target | typeof keep | typeof trust>;
  const logitsOf = (student: Scope, images: readonly Tensor[]): Tensor[] => {
    // Two passes by default: batch norm must not see both kinds of collages at once.
    if (!jointForward || images.length === 1) return images.map((one) => network(student, one));
    const joint = network(student, concat(images, { axis: 0 }));
    return images.map((_, at) => slice(joint, { axes: [0], starts: [at * halfBatch], ends: [(at + 1) * halfBatch] }));
  };
  const step = trainStep({
    name: TRAIN,
    networks: ["student"],
    trained: "student",
    inputs,
    loss({ student }, fed) {
      const logits = logitsOf(
        student,
        directions.map((direction) => fed[direction]!),
      );
      const losses = directions.map((direction, at) => {
        const options: MixOptions = { ...weightsOf(settings)[direction], dice };
        const trusted = isTrusted ? { ...options, trust: fed[`${direction}Trust`]! } : options;
        return mixLoss(logits[at]!, fed[`${direction}Target`]!, fed["keep"]!, trusted);
      });
      const total = losses.reduce((sum, one) => add(sum, one));
      const named = directions.map((direction, at) => [`${direction}Loss`, losses[at]!] as const);
      return directions.length === 1
        ? { total }
        : { total, ...Object.fromEntries(named.map(([name, loss]) => [name, reshape(loss, { to: [] })])) };
    },
    optimizer: optimizerOf(settings),
    after: [ema({ from: "student", to: "teacher", decay: emaDecay, buffers: teacherStatistics })],
  });
  return { ...step, name: "selftrain" };
}
